/** The proof in virtual time, as the command does it, with shorter runs: bounds are wider by their stated standard errors. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Case } from "../outcome.ts";
import { EXACT_CASES } from "./exact-cases.ts";
import { judgeEstimate, proveCase } from "./play-case.ts";
import { VIRTUAL_STEPS } from "./prove.ts";

const { signal } = new AbortController();
/** Of a full run: what the cases beyond the core are worth a minute of testing for. */
const EFFORT = 0.1;
/** From a quarter on a case holds within 1 % or three standard errors, as in a full run. */
const CORE_EFFORT = 0.25;
/** And the standard error of a core case is at most this share of what is expected, so that no wrong model hides behind it. */
const CORE_ERROR = 0.02;
const CORE: ReadonlySet<string> = new Set([
  "mm1-0.5",
  "mm1-0.7",
  "md1-0.8",
  "mg1-cs2-1-0.6",
  "mmc-4-0.8",
  "mmc-8-0.8",
  "round-robin-0.8",
  "weighted-round-robin-0.7",
  "earliest-deadline-0.7",
  "finite-power-of-two-choices-0.8",
  "finite-power-of-two-choices-with-replacement-0.8",
  "finite-join-idle-queue-0.8",
  "finite-least-connections-0.8",
  "finite-weighted-least-connections-0.8",
  "finite-shortest-expected-delay-0.8",
  "finite-never-queue-0.8",
  "closed-random",
  "order",
]);

describe("virtual proof", () => {
  for (const [at, step] of VIRTUAL_STEPS.entries()) {
    it(`${step.name} is what theory says`, async () => {
      const isCore = CORE.has(step.name);
      const effort = isCore ? CORE_EFFORT : EFFORT;
      const cases = await step.prove({ effort, seed: at + 1, signal });
      assert.ok(cases.length > 0);
      for (const each of cases) {
        assert.equal(each.verdict, "holds", JSON.stringify(each));
        if (isCore && each.id.endsWith("/mean"))
          assert.ok((each.standardError ?? 0) <= CORE_ERROR * (each.theory ?? 0), JSON.stringify(each));
      }
    });
  }

  it("has names of its own for all steps", () => {
    const names = VIRTUAL_STEPS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of CORE) assert.ok(names.includes(name), name);
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
    assert.equal(judgeEstimate(named, 2, 0, { value: 2, error: 0.039 }, 1).verdict, "holds");
    assert.equal(judgeEstimate(named, 2, 0, { value: 2, error: 0.041 }, 1).verdict, "fails");
    assert.equal(judgeEstimate(named, 2, 0, { value: 2.021, error: 0.001 }, 1).verdict, "fails");
    assert.equal(judgeEstimate(named, 2, 0.01, { value: 2.021, error: 0.001 }, 1).verdict, "holds");
  });
});
