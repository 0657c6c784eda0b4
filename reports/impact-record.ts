/** What faults did to a trial, in numbers (`docs/fault-tolerance.md` has the formulas). */
import { z } from "zod";
import { latencySchema } from "./latency-record.ts";

const figure = z.number().nullable();
const natural = z.int().min(0);

/** Failed requests by what became of them; the sum is all of them. */
export const lossesSchema = z.strictObject({
  connect: natural,
  midFlight: natural,
  timeout: natural,
  wrongStatus: natural,
});

/** The same requests with the fault and without it. */
const pairs = {
  pairs: natural.describe("requests that were due in both plays, with the fault and without it"),
  extraFailures: z
    .int()
    .describe("requests that failed with the fault alone, less those that failed without it alone"),
  excessMs: figure.describe(
    "mean of (latency with the fault - latency without it) over the requests that succeeded in both",
  ),
  excessWaitMs: z.number().describe("sum of those differences: all the waiting that the fault cost"),
  slowerShare: figure.describe("share of those requests that took over 1 ms longer with the fault"),
};

export const excessSchema = z.strictObject(pairs);

const phase = z.strictObject({
  seconds: z.number().describe("length of the phase"),
  requests: natural.describe("requests due in it; one under way when a fault began belongs to the fault"),
  failed: natural.describe("those of them that failed"),
  errorRate: figure.describe("share of them that failed; null without requests"),
  budgetBurnt: figure.describe("failures as a share of the error budget of the whole window"),
  goodput: figure.describe(
    "requests due in it that were answered within the latency objective, per second; null for a phase of no length",
  ),
  latencyMs: latencySchema.describe("latency of its requests; a failure ranks slower than any success"),
  attempts: natural.nullable().describe("attempts that the balancer started in it; null when not visible"),
  retries: natural
    .nullable()
    .describe(
      "those of them that were not their request's first (retries and hedges); null when not visible",
    ),
  amplification: figure.describe("attempts for each request due in it; null when not visible"),
});

export const impactSchema = z.strictObject({
  objective: z
    .strictObject({
      availability: z.number().describe("share of requests that should succeed"),
      latencyMs: z.number().describe("time within which an answer is a good one"),
    })
    .describe("what budget and goodput are measured against: slo of the scenario"),
  budgetBurnt: figure.describe(
    "failures of the window over those that the availability objective allows; above 1 it is missed; null when it allows none",
  ),
  phases: z.strictObject({
    before: phase.describe("before the first fault"),
    during: phase.describe("while any fault lasts"),
    between: phase.describe("after a fault and before the next one, while none lasts"),
    after: phase.describe("after the last fault"),
  }),
  counterfactual: z
    .strictObject({
      ...pairs,
      beforeMs: figure.describe("the same mean difference before the first fault: what differs by chance"),
    })
    .nullable()
    .describe(
      "all requests from the first fault on, against the same seed without faults; null when not played",
    ),
  keysMoved: z
    .strictObject({
      keys: natural.describe("keys that were answered both before and during"),
      during: figure.describe("share of keys with another backend during the faults than before"),
      needless: figure.describe("the same of keys whose backend had no fault: none had to move"),
      after: figure.describe("share of keys with another backend after the faults than before"),
    })
    .nullable()
    .describe("of an algorithm that goes by a key; null for others"),
});

/** A backend that was taken out in an orderly way. */
export const leaveSchema = z.strictObject({
  backend: z.int().min(1),
  at: z.number(),
  underWay: natural.describe("requests under way, at any backend, when it was taken out"),
  drainErrors: natural.describe("those of them that failed; none should"),
});

export type Losses = z.output<typeof lossesSchema>;
export type Excess = z.output<typeof excessSchema>;
export type Impact = z.output<typeof impactSchema>;
export type PhaseRecord = z.output<typeof phase>;
export type Leave = z.output<typeof leaveSchema>;
