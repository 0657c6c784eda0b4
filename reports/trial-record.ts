/** One trial of `result.json`. */
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
  requests: natural.describe("responses that came from this backend"),
  share: z.number().describe("its share of all responses"),
  attempts: natural.describe("attempts that it counted itself; survives SIGKILL"),
  completed: natural.describe("responses that it finished; survives SIGKILL"),
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
  backends: z
    .array(
      z.strictObject({
        id: z.int().min(1),
        ok: natural,
        httpError: natural,
        timeout: natural,
        connectionError: natural,
        aborted: natural,
      }),
    )
    .describe(
      "by the backend that answered; a request that no answer came to is in the second's totals alone",
    ),
});

const fault = z.strictObject({
  type: z.string(),
  entry: natural
    .optional()
    .describe(
      "position of its fault in the scenario: one at several backends or times has a record for each",
    ),
  backend: z.int().min(1),
  at: z.number(),
  for: z.number(),
  /** When it was really injected and lifted, ms from the window's start; null if never. */
  injectedAt: ms,
  liftedAt: ms,
  detection: z
    .enum(["seen", "never", "too-few-attempts", "not-visible"])
    .describe("whether detectedAfterMs is known, and why not"),
  detectedAfterMs: ms.describe(
    "from at until the faulty backend got under 10 % of its fair share; null unless detection is seen",
  ),
  recovery: z
    .enum(["seen", "never", "too-few-requests"])
    .describe("whether recoveredAfterMs is known, and why not; never: not before the next fault or the end"),
  recoveredAfterMs: ms.describe(
    "from at until errors were gone and latency back within its band; null unless recovery is seen",
  ),
  return: z
    .enum(["seen", "never", "too-few-attempts", "not-visible"])
    .describe("whether returnedAfterMs is known, and why not; never: not before its next fault or the end"),
  returnedAfterMs: ms.describe(
    "from the end of the fault until the backend got half of its fair share again; 0 if it was never left alone; null unless return is seen",
  ),
  lost: natural.describe("failures of requests due while it lasted or until recovery"),
  misdirectedShare: ms.describe(
    "share of all attempts that went to the faulty backend while it lasted; null when attempts are not visible",
  ),
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
  counts: countsSchema.describe("requests of the window by how they ended"),
  latencyMs: latency.describe(
    "from when a request was due to its end, over all requests; a failure ranks slower than any success",
  ),
  successLatencyMs: latency.describe("from when a request was due to its end, over successes alone"),
  serviceLatencyMs: latency.describe("from when a request was sent to its end"),
  sendLagMs: latency.describe("from when a request was due to when it was sent"),
  /** 95 % intervals from batches of the window. */
  intervals: z.strictObject({
    mean: interval,
    p50: interval,
    p90: interval,
    p95: interval,
    p99: interval,
    achievedRate: interval,
    regret: interval,
  }),
  offeredRate: z.number().describe("requests due per second"),
  achievedRate: z.number().describe("successes per second"),
  errorRate: z.number().describe("share of requests that failed"),
  /** Latency of requests grew all through the window: percentiles only measure its length. */
  growth: z.strictObject({
    unstable: z.boolean(),
    latencyMsPerSecond: z.number().describe("slope of latency over the window, ms per second"),
  }),
  waterfallMs: z
    .strictObject({ sendLag: ms, hop: ms, queue: ms, service: ms })
    .describe("where the mean latency of successes went"),
  regret: z
    .number()
    .nullable()
    .describe(
      "mean time at the backends above that of one central queue, as a share of what random routing is above it; null with faults, failures or a closed loop",
    ),
  backends: z.array(backend),
  series: z.array(second),
  faults: z.array(fault),
  resources: z.strictObject({
    balancerCpuUsPerRequest: z
      .number()
      .nullable()
      .describe("CPU of the balancer for each request, microseconds"),
    balancerRssBytes: z.number().nullable().describe("memory of the balancer"),
    balancerCores: z.number().nullable().describe("CPU of the balancer, in cores"),
    generatorUtilisation: z
      .number()
      .nullable()
      .describe("of the load generator's event loop, without pacing"),
    machineCpuPressure: z.number().nullable().describe("share of time that something waited for a CPU"),
    backendLagP99Ms: z
      .number()
      .nullable()
      .describe("99th percentile of how late simulated backends answered"),
  }),
  /** What the balancer ran: paths below the run folder. */
  configs: z.array(z.string()),
  /** Repeats this trial. */
  command: z.string(),
  /** Rows of all requests: path below the run folder. */
  rows: z.string(),
});

export type Latency = z.output<typeof latency>;
export type Counts = z.output<typeof countsSchema>;
export type SeriesSecond = z.output<typeof second>;
export type FaultRecord = z.output<typeof fault>;
export type TrialRecord = z.output<typeof trialSchema>;
