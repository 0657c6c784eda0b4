/**
 * `result.json`: what a run leaves behind and every report is made from. Published as `result.schema.json`, checked at write and at read.
 * Numbers are null where they were not reached or are not worth printing; milliseconds unless the name says otherwise.
 */
import { z } from "zod";

const ms = z.number().nullable();
const natural = z.int().min(0);

const latency = z.strictObject({
  count: natural,
  mean: ms,
  p50: ms,
  p90: ms,
  p95: ms,
  p99: ms,
  p999: ms,
  max: ms,
});
const interval = z.tuple([z.number(), z.number()]).nullable();

export const countsSchema = z.strictObject({
  scheduled: natural,
  sent: natural,
  dropped: natural,
  ok: natural,
  httpError: natural,
  timeout: natural,
  connectionError: natural,
  aborted: natural,
  inFlightAtEnd: natural,
});

const backend = z.strictObject({
  id: z.int().min(1),
  /** Responses that came from this backend. */
  requests: natural,
  share: z.number(),
  /** Counted by the backend itself; survives SIGKILL. */
  attempts: natural,
  completed: natural,
  queueMs: ms.describe("mean wait for a worker"),
  utilisation: ms.describe("busy worker time over worker time"),
});

const second = z.strictObject({
  second: natural,
  scheduled: natural,
  ok: natural,
  httpError: natural,
  timeout: natural,
  connectionError: natural,
  aborted: natural,
  p50: ms,
  p99: ms,
  backends: z.array(z.strictObject({ id: z.int().min(1), ok: natural, failed: natural })),
});

const fault = z.strictObject({
  type: z.string(),
  backend: z.int().min(1),
  at: z.number(),
  for: z.number(),
  /** When it was really injected and lifted, ms from the window's start; null if never. */
  injectedAt: ms,
  liftedAt: ms,
  detectedAfterMs: ms,
  recoveredAfterMs: ms,
  /** Requests that failed because of it: failures due in the window of the fault or until recovery. */
  lost: natural,
  /** Share of all attempts between `at` and `at + for` that went to the faulty backend; null when attempts are not visible. */
  misdirectedShare: ms,
  resolutionMs: ms,
});

export const trialSchema = z.strictObject({
  id: z.string(),
  scenario: z.string(),
  engine: z.enum(["live", "simulation"]),
  runtime: z.enum(["process", "docker", "swarm"]),
  balancer: z.string(),
  algorithm: z.string(),
  /** The second one of a contestant that runs twice: same against same. */
  control: z.boolean(),
  /** What differs from the algorithm's definition ("with replacement"). */
  note: z.string().nullable(),
  repeat: z.int().min(1),
  seed: z.int(),
  startedAt: z.string(),
  warmupMs: z.number(),
  durationMs: z.number(),
  verdict: z.strictObject({ status: z.enum(["valid", "suspect", "invalid"]), reasons: z.array(z.string()) }),
  counts: countsSchema,
  latencyMs: latency,
  successLatencyMs: latency,
  serviceLatencyMs: latency,
  sendLagMs: latency,
  /** 95 % intervals from batches of the window. */
  intervals: z.strictObject({
    mean: interval,
    p50: interval,
    p90: interval,
    p95: interval,
    p99: interval,
    achievedRate: interval,
  }),
  offeredRate: z.number(),
  achievedRate: z.number(),
  errorRate: z.number(),
  /** Latency of requests grew all through the window: percentiles only measure its length. */
  growth: z.strictObject({ unstable: z.boolean(), latencyMsPerSecond: z.number() }),
  /** Where the mean latency of successes went. */
  waterfallMs: z.strictObject({ sendLag: ms, hop: ms, queue: ms, service: ms }),
  backends: z.array(backend),
  series: z.array(second),
  faults: z.array(fault),
  resources: z.strictObject({
    balancerCpuUsPerRequest: z.number().nullable(),
    balancerRssBytes: z.number().nullable(),
    balancerCores: z.number().nullable(),
    generatorUtilisation: z.number().nullable(),
    machineCpuPressure: z.number().nullable(),
    backendLagP99Ms: z.number().nullable(),
  }),
  /** What the balancer ran: paths below the run folder. */
  configs: z.array(z.string()),
  /** Repeats this trial. */
  command: z.string(),
  /** Rows of all requests: path below the run folder. */
  rows: z.string(),
});

const claimOutcome = z.strictObject({
  scenario: z.string(),
  balancer: z.string(),
  metric: z.string(),
  of: z.string(),
  below: z.string(),
  ratio: z.number(),
  /** null: could not be judged (a trial is missing or invalid). */
  held: z.boolean().nullable(),
  observed: z.number().nullable(),
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
    machine: z.strictObject({
      cpu: z.string(),
      cores: z.int(),
      memoryBytes: z.number(),
      os: z.string(),
      kernel: z.string(),
    }),
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
      capacity: z.number(),
      /** Algorithms that put a backend at or above its capacity for good, with the reason. */
      unstable: z.array(z.strictObject({ algorithm: z.string(), reason: z.string() })),
    }),
  ),
  trials: z.array(trialSchema),
  unsupported: z.array(z.strictObject({ balancer: z.string(), algorithm: z.string(), reason: z.string() })),
  claims: z.array(claimOutcome),
  objectives: z.array(objectiveOutcome),
});

export type Latency = z.output<typeof latency>;
export type Counts = z.output<typeof countsSchema>;
export type SeriesSecond = z.output<typeof second>;
export type FaultRecord = z.output<typeof fault>;
export type TrialRecord = z.output<typeof trialSchema>;
export type RunRecord = z.output<typeof runSchema>;
