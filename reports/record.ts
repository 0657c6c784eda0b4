/**
 * `result.json`: what a run leaves behind and every report is made from. Published as `result.schema.json`, checked at write and at read.
 * Numbers are null where they were not reached or are not worth printing; milliseconds unless the name says otherwise.
 */
import { z } from "zod";
import { trialSchema } from "./trial-record.ts";

export type { Excess, Impact, Leave, Losses, PhaseRecord } from "./impact-record.ts";
export {
  type Counts,
  countsSchema,
  type FaultRecord,
  type Latency,
  type MembershipRecord,
  type SeriesSecond,
  type TrialRecord,
  trialSchema,
} from "./trial-record.ts";

const claimOutcome = z.strictObject({
  scenario: z.string(),
  balancer: z.string(),
  metric: z.string(),
  of: z.string(),
  below: z.string().optional(),
  ratio: z.number(),
  /** Of `of / below`, or of the metric where there is no `below`. */
  expected: z.number().optional(),
  within: z.number().optional(),
  source: z.string().optional(),
  /** null: could not be judged (a trial is missing or invalid, or the interval reaches to both sides). */
  held: z.boolean().nullable(),
  /** What was measured, in the terms of `expected`. */
  observed: z.number().nullable(),
  /** 95 % interval of it, from those of the trials; of several repeats the least and the most. */
  interval: z.tuple([z.number(), z.number()]).optional(),
});
const objectiveOutcome = z.strictObject({
  scenario: z.string(),
  contestant: z.string(),
  metric: z.string(),
  atMost: z.number().optional(),
  atLeast: z.number().optional(),
  met: z.boolean().nullable(),
  observed: z.number().nullable(),
});

/** What something was measured on. */
export const machineSchema = z.strictObject({
  cpu: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  os: z.string(),
  kernel: z.string(),
});

export const runSchema = z.strictObject({
  schema: z.literal("evenkeel/result@1"),
  run: z.strictObject({
    id: z.string(),
    seed: z.int(),
    command: z.string(),
    startedAt: z.string(),
    finishedAt: z.string(),
    partial: z.boolean(),
    versions: z.record(z.string(), z.string()),
    machine: machineSchema,
  }),
  scenarios: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      question: z.string().nullable(),
      /** The validated scenario, durations in ms. */
      definition: z.unknown(),
      /** Planned requests per second, null when closed. */
      offeredRate: z.number().nullable(),
      /** The least and the most of it within the window, where it changes. */
      offeredRange: z.tuple([z.number(), z.number()]).optional(),
      capacity: z
        .number()
        .nullable()
        .describe("of all backends per second; null where real servers decide what a request takes"),
      /** Its place in a series of variants that differ in one number; absent when it is none. */
      sweep: z
        .strictObject({
          of: z.string().describe("name of the scenario that is swept"),
          title: z.string(),
          label: z.string().describe("what is swept, as it was asked for"),
          path: z.array(z.union([z.string(), z.int()])).describe("where that is in the scenario"),
          unit: z.enum(["number", "share", "ms"]),
          value: z.number(),
          text: z.string().describe("the value as a scenario file says it"),
        })
        .optional(),
      /** Algorithms that put a backend at or above its capacity for good, with the reason. */
      unstable: z.array(z.strictObject({ algorithm: z.string(), reason: z.string() })),
      /** Algorithms in files of the user's own, as they were when they were played. */
      ownAlgorithms: z
        .array(z.strictObject({ name: z.string(), file: z.string(), sha256: z.string() }))
        .default([]),
    }),
  ),
  trials: z.array(trialSchema),
  unsupported: z.array(z.strictObject({ balancer: z.string(), algorithm: z.string(), reason: z.string() })),
  claims: z.array(claimOutcome),
  objectives: z.array(objectiveOutcome),
});

export type RunRecord = z.output<typeof runSchema>;
