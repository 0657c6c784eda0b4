/** One trial of `result.json`. */
import { z } from "zod";
import { excessSchema, impactSchema, leaveSchema, lossesSchema } from "./impact-record.ts";
import { latencySchema as latency } from "./latency-record.ts";

const ms = z.number().nullable();
const natural = z.int().min(0);

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
    .enum(["seen", "never", "too-few-attempts", "not-visible", "not-in-use"])
    .describe(
      "whether detectedAfterMs is known, and why not; not-in-use: the backend got under 10 % of its fair share before the fault, too",
    ),
  detectedAfterMs: ms.describe(
    "from at until the faulty backend got under 10 % of its fair share; null unless detection is seen",
  ),
  recovery: z
    .enum(["seen", "never", "too-few-requests"])
    .describe("whether recoveredAfterMs is known, and why not; never: not before the next fault or the end"),
  recoveredAfterMs: ms.describe(
    "from at until errors were gone and latency back: 95 % of the excess waiting over, or without a counterfactual within its band; null unless recovery is seen",
  ),
  recoveredBy: z
    .enum(["counterfactual", "band"])
    .default("band")
    .describe(
      "what latency was held against: the same requests without the fault, or its own band before the fault",
    ),
  recoveredRangeMs: z
    .tuple([z.number(), z.number()])
    .nullable()
    .default(null)
    .describe(
      "from at: between which instants it may have been; 90 % and 99 % of the excess waiting, or what the noise before the fault cannot tell apart",
    ),
  return: z
    .enum(["seen", "never", "too-few-attempts", "not-visible", "not-in-use"])
    .describe("whether returnedAfterMs is known, and why not; never: not before its next fault or the end"),
  returnedAfterMs: ms.describe(
    "from the end of the fault until the backend got half of its fair share again; 0 if it was never left alone; null unless return is seen",
  ),
  lost: natural.describe(
    "failures of requests that were under way when it began, or due while it lasted or until recovery",
  ),
  lostBy: lossesSchema
    .nullable()
    .default(null)
    .describe(
      "lost by kind; connect: no backend took it; midFlight: a backend had it and it was cut; timeout: nobody answered in time; wrongStatus: a backend answered with an error",
    ),
  drainErrors: natural
    .nullable()
    .default(null)
    .describe(
      "requests that were under way when it began and failed; none should where a backend leaves in an orderly way",
    ),
  budgetBurnt: ms.default(null).describe("lost as a share of the error budget of the whole window"),
  misdirectedShare: ms.describe(
    "share of all attempts that went to the faulty backend while it lasted; null when attempts are not visible",
  ),
  sentWhileKnownBad: natural
    .nullable()
    .default(null)
    .describe(
      "attempts at the faulty backend after detection and before the fault ended; null unless detection is seen",
    ),
  excess: excessSchema
    .nullable()
    .default(null)
    .describe(
      "from at to the next fault or the end, against the same seed without faults; null when not played",
    ),
  resolutionMs: ms,
});

const membershipChange = z.strictObject({
  change: z.enum(["add", "remove", "weight"]),
  backend: z.int().min(1),
  weight: z.number().optional(),
  at: z.number().describe("when the balancer was to be told, ms from the window's start"),
  doneAt: ms.describe("when it acted by it, in the same count; null if it never did"),
});

const requestType = z.strictObject({
  name: z.string(),
  scheduled: natural.describe("requests of this type"),
  ok: natural.describe("of them, successes"),
  latencyMs: latency.describe("as of the trial, over the requests of this type"),
});

const shop = z.strictObject({
  /** Null where the mix is played request by request. */
  sessions: z
    .strictObject({
      seen: natural.describe("sessions with a request in the window"),
      completed: natural.describe("of them, those that ended in it as their visitor had planned"),
      expired: natural.describe("those lost because the shop did not know the visitor any more"),
      failed: natural.describe("those lost because a request failed: the visitor leaves"),
      unfinished: natural.describe("those under way when the window ended"),
    })
    .nullable(),
  expired: natural.describe(
    "answers that sent a visitor to the login, or back to a basket that had become empty",
  ),
  ordersConfirmed: natural.describe("orders that a visitor saw confirmed"),
  ordersPlaced: natural
    .nullable()
    .describe("orders that the backends placed, whether the answer arrived or not; survives SIGKILL"),
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
  /** Empty where there is one type only. */
  requests: z.array(requestType).default([]).describe("by type, in the order of the scenario"),
  /** Null where no mix is played. */
  shop: shop.nullable().default(null),
  backends: z.array(backend),
  series: z.array(second),
  faults: z.array(fault),
  impact: impactSchema.nullable().default(null).describe("what all faults together did; null without faults"),
  leaves: z.array(leaveSchema).default([]),
  membership: z
    .array(membershipChange)
    .optional()
    .describe("changes of who is a backend, where there are any"),
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
export type MembershipRecord = z.output<typeof membershipChange>;
export type FaultRecord = z.output<typeof fault>;
export type TrialRecord = z.output<typeof trialSchema>;
