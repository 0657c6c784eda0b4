/**
 * The scenario file: one declaration gives the type, the validation, the JSON Schema and the docs table.
 * What depends on more than one field (a fault's backend exists, a claim's contestant is there) is in `rules.ts`;
 * reading a file (YAML, suites, line numbers) is in `load.ts`.
 */
import { z } from "zod";
import { distributionSchema } from "#kernel/distribution.ts";
import { duration, positiveDuration, share } from "#kernel/units.ts";
import { faultSchema } from "../backends/faults/registry.ts";
import { ALGORITHM_FILE } from "../balancers/algorithm.ts";
import { canonicalName } from "../balancers/composed-name.ts";
import { CLIENT_ADDRESS, HASH_KEY } from "../balancers/hash-key.ts";
import { overlaysSchema } from "../balancers/overlays/registry.ts";
import { arrivalsSchema } from "./arrivals/registry.ts";
import { VARIANT_NAMES } from "./variants.ts";

/** A point of a sweep has its value behind the name: `steady@load=0.7`. */
const scenarioName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(@[A-Za-z][A-Za-z0-9.]*=[0-9a-z.%-]+)?$/, "lower-case words joined by hyphens");
const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "lower-case words joined by hyphens");
const composedName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(\+[a-z0-9-]+)*$/, "an algorithm, with overlays after a +")
  .transform(canonicalName);
const count = z.int().min(1);
const factor = z.number().positive();

const backends = z.strictObject({
  count: count.max(100_000).describe("number of backends; at most 64 in a live run"),
  mode: z.enum(["sync", "gthread"]).default("sync").describe("gunicorn worker class"),
  workers: count.default(1).describe("worker processes per backend"),
  threads: count.default(1).describe("threads per worker (gthread)"),
  service: distributionSchema.describe("service demand of a request at speed 1"),
  allowedHosts: z.array(z.string().min(1)).min(1).default(["*"]).describe("Django's ALLOWED_HOSTS"),
  override: z
    .array(
      z.strictObject({
        backend: count.describe("number of the backend, from 1"),
        speed: factor.optional().describe("demand is divided by this"),
        weight: factor.optional().describe("weight that the balancer is told"),
        workers: count.optional().describe("worker processes of this one"),
        priority: z.int().min(0).optional().describe("tier, from 0 (the default), for +priority"),
      }),
    )
    .default([])
    .describe("what differs at single backends"),
});

const request = z.strictObject({
  name: name.describe("its name in reports"),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "DELETE"]).default("GET").describe("HTTP method"),
  path: z
    .string()
    .regex(/^\/[^\s]*$/, "a path starting with /")
    .default("/")
    .describe("path and query; {client} is the client's number"),
  weight: factor.default(1).describe("relative frequency"),
  service: distributionSchema.optional().describe("service demand of this request; default backends.service"),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "a header name"),
      z.string().regex(/^[^\r\n\0]*$/, "no line breaks"),
    )
    .default({})
    .describe("names and values; {client} in a value is the client's number"),
  body: z.string().optional().describe("sent as it is"),
});

const commonTraffic = {
  clients: count.max(16_000).default(64).describe("distinct client addresses, in distinct /24s of 127/8"),
  requests: z
    .array(request)
    .min(1)
    .default([{ name: "home", method: "GET", path: "/", weight: 1, headers: {} }])
    .describe("the mix of requests"),
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:_[\]-]+$/, "a host, with a port if it has one")
    .default("shop.example")
    .describe("Host header that the client sends"),
  timeout: positiveDuration.default(5_000).describe("of a request, from the instant it was due"),
  warmup: duration.default(2_000).describe("traffic before the measured window"),
  duration: positiveDuration.default(10_000).describe("the measured window"),
};

const traffic = z.discriminatedUnion("model", [
  z.strictObject({
    model: z
      .literal("open")
      .describe("open: a timetable, whatever the target does; closed: users who wait for their answers"),
    arrivals: arrivalsSchema,
    ...commonTraffic,
  }),
  z.strictObject({
    model: z.literal("closed"),
    connections: count.max(10_000).describe("users that each send, wait, think"),
    think: z
      .union([duration, distributionSchema], {
        error: 'expected a duration such as "20ms", or a distribution',
      })
      .default(0)
      .describe("pause of a user after each response, or how pauses are distributed"),
    ...commonTraffic,
  }),
]);

const balancerName = z.enum(VARIANT_NAMES);
const ownConfig = z.union([
  z.strictObject({ nginx: z.string().min(1) }),
  z.strictObject({ haproxy: z.string().min(1) }),
]);

/** What has been loaded from a file goes by its name from then on. */
const algorithm = z
  .string()
  .regex(
    new RegExp(`(^[a-z0-9][a-z0-9-]*|${ALGORITHM_FILE.source.replace("$", "")})(\\+[a-z0-9-]+)*$`),
    "an algorithm, with overlays after a +, or a file that ends in .ts, .mts, .js or .mjs",
  )
  .transform(canonicalName);

const contestants = z.strictObject({
  balancers: z
    .array(z.union([balancerName, ownConfig]))
    .min(1)
    .describe("names, or a configuration file of your own; NAME-native and nginx-no-zone name one setting"),
  algorithms: z
    .array(algorithm)
    .min(1)
    .default(["round-robin"])
    .describe(
      "names, or files of your own relative to this one, each alone or with overlays: least-connections+slow-start; see algorithms.md, overlays.md",
    ),
  overlays: overlaysSchema.optional().describe("parameters of overlays, for the names that have them"),
  hashKey: z
    .string()
    .regex(HASH_KEY, "client-address, path, header:NAME or cookie:NAME")
    .default(CLIENT_ADDRESS)
    .describe(
      "what hash-modulo, consistent-hash, bounded-load-hash, maglev and rendezvous go by: client-address, path, header:NAME or cookie:NAME",
    ),
  workers: count.max(64).default(1).describe("NGINX workers, HAProxy threads, builtin processes"),
  instances: count
    .max(1_000)
    .default(1)
    .describe("balancers side by side, each with a view of its own and as many of the requests (simulation)"),
  loadInfo: z
    .strictObject({
      every: positiveDuration.describe("how often backends report it, to all balancers at once"),
    })
    .optional()
    .describe(
      "what balancers know of the load is as old as the last report (simulation); default all at once",
    ),
  zone: z
    .enum(["shared", "none", "both"])
    .optional()
    .describe(
      "NGINX peer state: shared by its workers or one each; default shared, and both when workers is above 1",
    ),
  tuning: z
    .enum(["parity", "native", "both"])
    .default("parity")
    .describe("all set alike, or as each product recommends (NAME-native in reports)"),
  control: z
    .string()
    .regex(/^[a-z-]+\/[a-z0-9-]+(\+[a-z0-9-]+)*$/, "BALANCER/ALGORITHM")
    .transform(canonicalName)
    .optional()
    .describe("contestant that runs twice: what differs is noise"),
});

const changeKeys = {
  at: duration.describe("when, from the end of warm-up"),
  backend: count.describe("number of the backend, from 1"),
};
/** A backend whose first change is `add` is not one before. */
const membershipChange = z.discriminatedUnion("change", [
  z.strictObject({ change: z.literal("add"), ...changeKeys }),
  z.strictObject({ change: z.literal("remove"), ...changeKeys }),
  z.strictObject({
    change: z.literal("weight"),
    ...changeKeys,
    weight: factor.describe("what the balancer is told from then on"),
  }),
]);

const metric = z
  .string()
  .regex(/^[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*$/, "a path in result.json, such as latencyMs.p99");

const claim = z.strictObject({
  metric: metric.describe("path of a number in result.json"),
  of: composedName.describe("the algorithm with the lower value"),
  below: composedName.describe("the algorithm with the higher value"),
  ratio: factor.default(1).describe("of / below is at most this"),
});

const limit = z.union([z.number(), share, duration], {
  error: 'expected a number, a share such as "5%" or a duration such as "50ms"',
});

const objective = z
  .strictObject({
    metric: metric.describe("path of a number in result.json"),
    of: z
      .string()
      .transform(canonicalName)
      .optional()
      .describe("an algorithm or BALANCER/ALGORITHM; default every contestant"),
    atMost: limit.optional().describe("this, or atLeast"),
    atLeast: limit.optional().describe("this, or atMost"),
  })
  .refine(
    (o) => (o.atMost === undefined) !== (o.atLeast === undefined),
    "give atMost or atLeast, one of them",
  );

export const scenarioSchema = z.strictObject({
  $schema: z.string().optional(),
  name: scenarioName.describe("unique in a run"),
  title: z.string().min(1).describe("one line for reports"),
  question: z.string().min(1).optional().describe("what the scenario is there to answer"),
  backends: backends.describe("the servers behind the balancer"),
  traffic: traffic.describe("what is sent to it"),
  network: z
    .strictObject({
      hop: duration
        .default(0)
        .describe("one way between balancer and backend, in a simulation; live it is what it is"),
    })
    .optional()
    .describe("what lies between balancers and backends"),
  contestants: contestants.describe("what is compared: every balancer with every algorithm"),
  faults: z.array(faultSchema).default([]).describe("what goes wrong, and when"),
  membership: z
    .array(membershipChange)
    .default([])
    .describe("who becomes a backend, ceases to be one or gets another weight, and when (simulation)"),
  claims: z.array(claim).default([]).describe("what will be seen, within each balancer"),
  objectives: z.array(objective).default([]).describe("what is required; a violation gives exit code 5"),
});

const overrides = z.record(z.string(), z.unknown()).default({});

/** A suite: scenario files or other suites, what is changed in all of them, and what in one. */
export const suiteSchema = z.strictObject({
  $schema: z.string().optional(),
  name: name.describe("for reports"),
  title: z.string().min(1).describe("one line for reports"),
  suite: z
    .array(
      z.union([
        z.string().min(1),
        z.strictObject({ file: z.string().min(1), overrides: overrides.describe("merged into this one") }),
      ]),
    )
    .min(1)
    .describe("files, relative to this one"),
  overrides: overrides.describe("merged into every scenario of the suite"),
});

/** A validated scenario; durations in milliseconds, shares in [0, 1]. */
export type Scenario = z.output<typeof scenarioSchema>;
export type Traffic = Scenario["traffic"];
export type RequestType = Traffic["requests"][number];
export type Claim = Scenario["claims"][number];
export type Objective = Scenario["objectives"][number];
export type BackendsSpec = Scenario["backends"];
