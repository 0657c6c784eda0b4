/** The proof in virtual time, as the command does it, with shorter runs: bounds are wider by their stated standard errors. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Case } from "../outcome.ts";
import { EXACT_CASES } from "./exact-cases.ts";
import { judgeEstimate, proveCase } from "./play-case.ts";
import { VIRTUAL_STEPS } from "./prove.ts";

const { signal } = new AbortController();
const EFFORT = 0.03;

describe("virtual proof", () => {
  for (const [at, step] of VIRTUAL_STEPS.entries()) {
    it(`${step.name} is what theory says`, async () => {
      const cases = await step.prove({ effort: EFFORT, seed: at + 1, signal });
      assert.ok(cases.length > 0);
      for (const each of cases) assert.equal(each.verdict, "holds", JSON.stringify(each));
    });
  }

  it("has names of its own for all steps", () => {
    const names = VIRTUAL_STEPS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });
});

describe("what the proof would notice", () => {
  const about = EXACT_CASES.find(({ name }) => name === "md1-0.8");
  assert.ok(about !== undefined);
  const play = async (change: Partial<typeof about>): Promise<readonly Case[]> =>
    (await proveCase({ ...about, ...change }, { effort: 0.1, seed: 1, signal })).filter(({ id }) =>
      id.endsWith("/mean"),
    );

  it("another distribution of service, another rule, and a load that is 5 % higher", async () => {
    const wrong: readonly Partial<typeof about>[] = [
      { service: { type: "uniform", min: "0ms", max: "20ms" } },
      { algorithm: "round-robin" },
      { load: 0.84 },
    ];
    assert.deepEqual(
      (await play({})).map(({ verdict }) => verdict),
      ["holds"],
    );
    for (const change of wrong)
      assert.deepEqual(
        (await play(change)).map(({ verdict }) => verdict),
        ["fails"],
        JSON.stringify(change),
      );
  });

  it("and a standard error that is too large to tell anything fails, however near the mean", () => {
    const named = { id: "simulation/x", title: "X", unit: "service times", note: "" };
    assert.equal(judgeEstimate(named, 2, 0, { value: 2, error: 0.05 }, 1).verdict, "holds");
    assert.equal(judgeEstimate(named, 2, 0, { value: 2, error: 0.07 }, 1).verdict, "fails");
    assert.equal(judgeEstimate(named, 2, 0, { value: 2.021, error: 0.001 }, 1).verdict, "fails");
    assert.equal(judgeEstimate(named, 2, 0.01, { value: 2.021, error: 0.001 }, 1).verdict, "holds");
  });
});
