import assert from "node:assert/strict";
import { test } from "node:test";
import { balancers } from "../balancers/registry.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { select } from "../scenarios/overrides.ts";
import { contestantNames } from "../scenarios/rules-judged.ts";
import { planTrials } from "./plan.ts";
import { scenarioOf } from "./simulation/sketch.ts";

const OWN = { path: "/etc/my lb/my.conf", text: "events {}" };

function loaded(contestants: unknown, name = "test"): LoadedScenario {
  const scenario = scenarioOf({ name, contestants });
  const own = scenario.contestants.balancers.flatMap((entry, at) =>
    typeof entry === "string" ? [] : [[at, OWN] as const],
  );
  return {
    scenario,
    given: "test.yaml",
    path: "test.yaml",
    suite: null,
    trace: null,
    sweep: null,
    ownConfigs: new Map(own),
    ownAlgorithms: new Map(),
    durationChanged: false,
    notes: [],
    definition: {},
  };
}

function plan(contestants: unknown, repeat = 1) {
  const options = {
    command: "run" as const,
    seed: 7,
    repeat,
    counterfactual: false,
    scenarioPath: (name: string) => `results/a b/${name}.yaml`,
  };
  return planTrials([loaded(contestants)], balancers, options);
}
const idsOf = (contestants: unknown, repeat = 1): readonly string[] =>
  plan(contestants, repeat).trials.map(({ id }) => id.replace(/^test\//, ""));

test("every balancer meets every algorithm, in the order of the file", () => {
  assert.deepEqual(idsOf({ balancers: ["haproxy", "nginx"], algorithms: ["random", "round-robin"] }), [
    "haproxy/random/1",
    "haproxy/round-robin/1",
    "nginx/random/1",
    "nginx/round-robin/1",
  ]);
});

test("a pair that there is not is no trial, and is told once with its reason", () => {
  const { trials, unsupported } = plan({
    balancers: ["nginx", "builtin"],
    algorithms: ["peak-ewma"],
    workers: 2,
  });
  assert.deepEqual(
    trials.map(({ contestant }) => contestant.name),
    ["builtin"],
  );
  assert.equal(unsupported.length, 1);
  assert.deepEqual([unsupported[0]?.balancer, unsupported[0]?.algorithm], ["nginx", "peak-ewma"]);
  assert.notEqual(unsupported[0]?.reason, "");
});

test("repeats have seeds of their own, go forth and back, and are the same for all", () => {
  const { trials } = plan({ balancers: ["nginx", "haproxy"] }, 3);
  assert.deepEqual(
    trials.map(({ contestant, seed }) => `${contestant.name} ${seed}`),
    ["nginx 7", "haproxy 7", "haproxy 8", "nginx 8", "nginx 9", "haproxy 9"],
  );
});

test("the control comes last, so that the drift of the machine is between it and its twin", () => {
  const contestants = { balancers: ["nginx", "builtin"], control: "nginx/round-robin" };
  assert.deepEqual(idsOf(contestants, 2), [
    "nginx/round-robin/1",
    "builtin/round-robin/1",
    "nginx/round-robin/control/1",
    "nginx/round-robin/control/2",
    "builtin/round-robin/2",
    "nginx/round-robin/2",
  ]);
});

test("NGINX with several workers plays with and without a zone, unless the scenario chooses", () => {
  assert.deepEqual(idsOf({ balancers: ["nginx"], workers: 2 }), [
    "nginx/round-robin/1",
    "nginx-no-zone/round-robin/1",
  ]);
  assert.deepEqual(idsOf({ balancers: ["nginx"], workers: 2, zone: "none" }), [
    "nginx-no-zone/round-robin/1",
  ]);
  assert.deepEqual(idsOf({ balancers: ["nginx", "haproxy"], workers: 1 }), [
    "nginx/round-robin/1",
    "haproxy/round-robin/1",
  ]);
  const zones = plan({ balancers: ["nginx"], workers: 2 }).trials.map(({ contestant }) => contestant.zone);
  assert.deepEqual(zones, [true, false]);
});

test("both tunings are contestants of their own; native ones are always named so", () => {
  const both = plan({ balancers: ["haproxy", "builtin"], tuning: "both" }).trials.map(
    ({ contestant }) => contestant,
  );
  assert.deepEqual(
    both.map(({ name, tuning }) => [name, tuning]),
    [
      ["haproxy", "parity"],
      ["haproxy-native", "native"],
      ["builtin", "parity"],
      ["builtin-native", "native"],
    ],
  );
  assert.deepEqual(idsOf({ balancers: ["builtin"], tuning: "native" }), ["builtin-native/round-robin/1"]);
  assert.deepEqual(idsOf({ balancers: ["nginx-native", "nginx"] }), [
    "nginx-native/round-robin/1",
    "nginx/round-robin/1",
  ]);
});

test("a configuration of the user's own plays as it is, whatever the algorithms are", () => {
  const { trials } = plan({
    balancers: [{ nginx: "my.conf" }, "builtin"],
    algorithms: ["random", "round-robin"],
  });
  assert.deepEqual(
    trials.map(({ id }) => id),
    ["test/nginx(my.conf)/as-configured/1", "test/builtin/random/1", "test/builtin/round-robin/1"],
  );
  assert.equal(trials[0]?.contestant.ownConfig, OWN);
});

test("the command of a trial plays that trial and no other", () => {
  const contestants = {
    balancers: ["nginx", "haproxy", { nginx: "conf/my.conf" }],
    algorithms: ["random", "round-robin"],
    workers: 2,
    tuning: "both",
  };
  const hasAll = () => null;
  const { trials } = plan(contestants);
  assert.ok(trials.length > 12);
  for (const { command, contestant, seed } of trials) {
    const words: readonly string[] = command.match(/'[^']*'|\S+/g) ?? [];
    assert.deepEqual(words.slice(0, 4), ["npx", "evenkeel", "run", "'results/a b/test.yaml'"]);
    const option = (name: string): string => (words[words.indexOf(name) + 1] ?? "").replaceAll("'", "");
    assert.equal(option("--seed"), String(seed));
    const algorithm = words.includes("--algorithm") ? { algorithms: [option("--algorithm")] } : {};
    const again = select(
      scenarioOf({ contestants }),
      {},
      { balancers: [option("--balancer")], ...algorithm },
      hasAll,
    ).scenario;
    if (contestant.ownConfig === null)
      assert.deepEqual(
        contestantNames(again, hasAll).filter((name) => name.includes("/")),
        [`${contestant.name}/${contestant.algorithm}`],
        command,
      );
    else assert.deepEqual(again.contestants.balancers, [{ nginx: "conf/my.conf" }], command);
  }
});
