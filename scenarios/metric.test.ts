import assert from "node:assert/strict";
import { test } from "node:test";
import { metricProblem, unitOfMetric } from "./metric.ts";

const LENGTHS = { backends: 4, faults: 2 };

test("what faults cost can be claimed and required, of one fault, of a phase and of the trial", () => {
  for (const metric of [
    "faults.1.lostBy.midFlight",
    "faults.0.excess.extraFailures",
    "faults.0.sentWhileKnownBad",
    "impact.budgetBurnt",
    "impact.phases.during.latencyMs.p99",
    "impact.phases.after.goodput",
    "impact.counterfactual.excessMs",
    "impact.keysMoved.needless",
    "leaves.0.drainErrors",
  ])
    assert.equal(metricProblem(metric, LENGTHS), null, metric);
  assert.match(metricProblem("faults.2.excess.excessMs", LENGTHS) ?? "", /2 entries/);
  assert.match(metricProblem("impact.phases.meanwhile.goodput", LENGTHS) ?? "", /meanwhile/);
  assert.match(metricProblem("impact.phases.during", LENGTHS) ?? "", /not a number/);
});

test("their units are told by their names", () => {
  const units = [
    "impact.phases.during.latencyMs.p99",
    "impact.counterfactual.excessWaitMs",
    "impact.keysMoved.during",
    "faults.0.excess.slowerShare",
    "impact.keysMoved.keys",
    "impact.budgetBurnt",
    "impact.phases.during.latencyMs.count",
    "impact.phases.during.goodput",
  ].map(unitOfMetric);
  assert.deepEqual(units, ["ms", "ms", "share", "share", "other", "other", "other", "other"]);
});
