import assert from "node:assert/strict";
import { test } from "node:test";
import { algorithms } from "../balancers/algorithms/registry.ts";
import { algorithmColour } from "../reports/palette.ts";
import { capacityOf, unstableAlgorithms } from "./capacity.ts";
import { checkOverrides } from "./overrides.ts";
import type { Scenario } from "./scenario.ts";
import { validate } from "./validate.ts";

const names = algorithms.map(({ name }) => name);
const data = (
  contestants: Readonly<Record<string, unknown>>,
  backends: Readonly<Record<string, unknown>> = {},
) => ({
  name: "test",
  title: "Test",
  backends: { count: 4, service: { type: "exponential", mean: "10ms" }, ...backends },
  traffic: { model: "open", arrivals: { type: "poisson", load: 0.5 } },
  contestants: { balancers: ["builtin"], ...contestants },
});
const check = (...args: Parameters<typeof data>) =>
  validate(data(...args), { algorithms: names, durationFrom: undefined });
const messages = (algorithm: string): readonly string[] =>
  check({ algorithms: [algorithm] }).findings.map(({ message }) => message);
function scenarioOf(...args: Parameters<typeof data>): Scenario {
  const { scenario, findings } = check(...args);
  assert.deepEqual(findings, []);
  return scenario!;
}

test("a contestant's algorithm may have overlays, in any order; it has one name everywhere", () => {
  const { contestants, claims, objectives } = validate(
    {
      ...data({
        algorithms: ["random", "random+slow-start+hedging"],
        control: "builtin/random+slow-start+hedging",
        overlays: { "slow-start": { window: "20s" } },
      }),
      claims: [{ metric: "latencyMs.p99", of: "random+slow-start+hedging", below: "random" }],
      objectives: [{ metric: "errorRate", of: "builtin/random+slow-start+hedging", atMost: "5%" }],
    },
    { algorithms: names, durationFrom: undefined },
  ).scenario!;
  const name = "random+hedging+slow-start";
  assert.deepEqual(contestants.algorithms, ["random", name]);
  assert.deepEqual(
    [contestants.control, claims[0]!.of, objectives[0]!.of],
    [`builtin/${name}`, name, `builtin/${name}`],
  );
  assert.deepEqual(contestants.overlays, { "slow-start": { window: 20_000, aggression: 1, minWeight: 0.1 } });
});

test("every mistake in a name is one message that says what to do", () => {
  assert.deepEqual(messages("random+slow-strt"), ['unknown overlay "slow-strt"; did you mean "slow-start"?']);
  assert.deepEqual(messages("ramdom+slow-start"), ['unknown algorithm "ramdom"; did you mean "random"?']);
  assert.deepEqual(messages("hedging+random"), [
    "hedging is an overlay, and the algorithm comes first: random+hedging",
  ]);
  assert.deepEqual(messages("hedging"), [
    "hedging is an overlay, and the algorithm comes first: round-robin+hedging",
  ]);
  assert.deepEqual(messages("random+round-robin"), [
    "random+round-robin has two algorithms, random and round-robin: one of them chooses",
  ]);
  assert.deepEqual(messages("random+hedging+hedging"), ["random+hedging+hedging has hedging twice"]);
  assert.match(messages("random+")[0]!, /expected an algorithm, with overlays after a \+/);
  const twice = check({ algorithms: ["random+hedging+subset", "random+subset+hedging"] }).findings;
  assert.deepEqual(
    twice.map(({ message }) => message),
    ["algorithm random+hedging+subset is in the list twice"],
  );
});

test("priority needs tiers, and parameters that contradict each other are refused", () => {
  assert.match(messages("random+priority")[0]!, /^random\+priority needs backends of more than one tier/);
  const tiers = { override: [{ backend: 4, priority: 1 }] };
  const scenario = scenarioOf({ algorithms: ["random+priority"] }, tiers);
  assert.deepEqual(
    capacityOf(scenario).backends.map(({ priority }) => priority),
    [0, 0, 0, 1],
  );
  const limits = check({ overlays: { "concurrency-limit": { max: 10 } } }).findings;
  assert.deepEqual(
    limits.map(({ message }) => message),
    ["min, initial and max have to rise in this order"],
  );
  const unknown = check({ overlays: { "slow-start": { windows: "10s" } } }).findings;
  assert.match(unknown[0]!.message, /unknown key "windows"; did you mean "window"\?/);
});

test("the command line says the same of its names", () => {
  const problems = (algorithm: string) => checkOverrides({ algorithms: [algorithm] }, names);
  assert.deepEqual(problems("random+hedging"), []);
  assert.match(problems("random+hedgin")[0]!.message, /did you mean "hedging"/);
  assert.equal(problems("random+hedgin")[0]!.file, "--algorithm");
});

test("a name with overlays is unstable as its algorithm is, but not under a limit, and not where tiers or subsets share", () => {
  const unstable = (names: readonly string[], load: number, backends = {}) => {
    const scenario = scenarioOf({ algorithms: names }, backends);
    const { traffic } = scenario;
    if (traffic.model === "open") (traffic.arrivals as { load: number }).load = load;
    return unstableAlgorithms(scenario, algorithms).map(({ algorithm }) => algorithm);
  };
  const slow = { override: [{ backend: 1, speed: 0.2, priority: 1 }] };
  assert.deepEqual(
    unstable(["random", "random+hedging", "random+priority", "least-connections+hedging"], 0.9, slow),
    ["random", "random+hedging"],
  );
  assert.deepEqual(unstable(["random", "random+concurrency-limit", "random+subset"], 1.2), [
    "random",
    "random+subset",
  ]);
});

test("with overlays it has another colour than without", () => {
  for (const name of names)
    for (const overlay of ["hedging", "slow-start", "hedging+subset"])
      assert.notEqual(algorithmColour(`${name}+${overlay}`), algorithmColour(name));
});
