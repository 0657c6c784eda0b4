import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { test } from "node:test";
import { algorithms } from "../balancers/algorithms/registry.ts";
import { plannedRates, unstableAlgorithms } from "./capacity.ts";
import { describeLibrary } from "./describe.ts";
import { readLibrary } from "./library.ts";
import { loadScenarios } from "./load.ts";

const library = await readLibrary();

/** What starting, verifying and stopping may cost each trial, and building all reports a run. */
const OVERHEAD_MS = 1_500;
const REPORTS_MS = 4_000;
/** At 50,000 requests a second, a sixth of what a quiet machine does. */
const MOST_SIMULATED = 500_000;

/** Round robin over a slow backend, and a rate above the capacity: what these scenarios are about. */
const UNSTABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ["latent-one", ["round-robin"]],
  ["slow-one", ["round-robin"]],
]);

test("the library has what README promises, each under the name that its page has", () => {
  const names = library.map(({ name }) => name);
  const page = readFileSync(new URL("../docs/reference/library.md", import.meta.url), "utf8");
  for (const name of names) assert.ok(page.includes(`[${name}](../../scenarios/library/${name}.yaml)`), name);
  assert.equal(page.match(/\]\(\.\.\/\.\.\/scenarios\/library\/[a-z0-9-]+\.yaml\)/g)?.length, names.length);
});

test("every scenario has a short form that takes less than two minutes live", async () => {
  for (const { name, kind, quick } of await describeLibrary())
    if (kind === "scenario") assert.ok((quick.liveMs ?? 0) < 118_000, `${name}: ${quick.liveMs} ms`);
});

test("every scenario has a short form of so few requests that a simulation takes less than ten seconds", async () => {
  for (const { name, kind, quick } of await describeLibrary())
    if (kind === "scenario") assert.ok((quick.simulatedRequests ?? 0) <= MOST_SIMULATED, `${name}`);
});

test("every expected size says where it comes from, and no scenario is without a claim or an objective", async () => {
  for (const { name, claims } of await describeLibrary())
    for (const { expected, source } of claims)
      assert.equal(expected === undefined, source === undefined, name);
});

for (const { name, path, kind, question } of library) {
  test(`${name} is valid, is named after its file, asks a question and tells editors its schema`, async () => {
    const loaded = await loadScenarios([path]);
    assert.match(path, new RegExp(`/${name}\\.yaml$`));
    assert.ok(kind === "suite" || question?.endsWith("?"));
    assert.match(
      readFileSync(path, "utf8"),
      /^# yaml-language-server: \$schema=\.\.\/scenario\.schema\.json\n/,
    );
    for (const { scenario } of loaded) {
      assert.ok(scenario.claims.length + scenario.objectives.length > 0);
      const unstable = unstableAlgorithms(scenario, algorithms).map(({ algorithm }) => algorithm);
      assert.deepEqual(unstable, UNSTABLE.get(name) ?? []);
    }
  });
}

test("a percentile that the library judges has at least ten requests beyond it", async () => {
  for (const { path } of library) {
    for (const { scenario } of await loadScenarios([path])) {
      const judged = [...scenario.claims, ...scenario.objectives];
      for (const { metric } of judged) {
        const digits = /\.p(\d+)$/.exec(metric)?.[1];
        if (digits === undefined || scenario.traffic.model === "closed") continue;
        const beyond = 1 - Number(`0.${digits}`);
        const requests = (plannedRates(scenario)?.mean ?? 0) * (scenario.traffic.duration / 1_000);
        assert.ok(
          requests * beyond >= 10,
          `${relative(process.cwd(), path)}: ${metric} over ${requests} requests`,
        );
      }
    }
  }
});

test("first-look plays each balancer, carries one contestant twice and stays within two minutes", async () => {
  const loaded = await loadScenarios(["first-look"]);
  let total = REPORTS_MS;
  for (const { scenario } of loaded) {
    const { balancers, algorithms: chosen, control } = scenario.contestants;
    assert.deepEqual(balancers, ["nginx", "haproxy", "builtin"]);
    const trials = balancers.length * chosen.length + (control === undefined ? 0 : 1);
    total += trials * (scenario.traffic.warmup + scenario.traffic.duration + OVERHEAD_MS);
  }
  assert.ok(loaded.some(({ scenario }) => scenario.contestants.control !== undefined));
  assert.ok(total <= 105_000, `${total} ms planned`);
});
