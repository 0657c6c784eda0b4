import { z } from "zod";
import { serviceSchema } from "#kernel/demand.ts";
import { distributionSchema } from "#kernel/distribution.ts";
import { duration, positiveDuration } from "#kernel/units.ts";
import { DJANGO_VERSIONS } from "../backends/django/profile.ts";
import { realKeys } from "./schema-real.ts";
import { backendWeight, count, factor, MOST_BACKENDS } from "./schema-words.ts";

const durationOr = z.union([duration, distributionSchema], {
  error: 'expected a duration such as "300ms", or a distribution',
});

/** What gunicorn can be told, where it matters to a balancer; all of it off until it is named. */
const gunicorn = {
  workerConnections: count
    .optional()
    .describe("connections that a gthread or async worker accepts; the others wait in the backlog"),
  backlog: count
    .optional()
    .describe(
      "length of the kernel's queue; who finds it full knocks again after 1, 2, 3, 4 s; default endless",
    ),
  keepalive: duration.default(2_000).describe("how long an idle connection is kept (sync keeps none)"),
  timeout: positiveDuration
    .optional()
    .describe("a worker busy with one request for longer is killed (gthread: never); default never"),
  timeoutLook: z
    .enum(["empty", "500"])
    .default("500")
    .describe("what its client sees: gunicorn before 22 closes the connection, later ones answer 500"),
  gracefulTimeout: duration.default(30_000).describe("time of requests in service after SIGTERM"),
  maxRequests: count.optional().describe("a worker is replaced after so many requests; default never"),
  maxRequestsJitter: z.int().min(0).default(0).describe("up to so many more, drawn for every worker"),
  boot: durationOr.default(280).describe("until a new worker serves, or how that is distributed"),
  coldStart: z
    .strictObject({
      factor: z.number().gt(1).describe("its first requests take so many times as long"),
      hits: count.default(1).describe("how many of them"),
    })
    .optional()
    .describe("a worker's first requests are slower"),
};

/** What processes and threads of one backend have to share. */
const shared = {
  cores: factor.optional().describe("cores of a backend; default as many as it can use"),
  gil: z
    .strictObject({
      overhead: z
        .number()
        .min(1)
        .default(1.5)
        .describe("code takes so many times as long while threads compete for the lock"),
    })
    .optional()
    .describe("the threads of a worker share one interpreter lock; default a core for every thread"),
  database: z
    .strictObject({
      pool: count.describe("connections of a backend to its database"),
      mode: z.enum(["wait", "fail-fast"]).default("wait").describe("what happens when all are taken"),
      waitTimeout: positiveDuration.default(30_000).describe("longest wait for one, then 500"),
    })
    .optional()
    .describe("a request with io takes a connection at its first io and keeps it to its end"),
  gcPause: z
    .strictObject({
      every: distributionSchema.describe("from the end of one to the start of the next"),
      for: distributionSchema.describe("how long one lasts"),
    })
    .optional()
    .describe("every worker stands still now and then, from the start of the window"),
  overhead: duration
    .default(0)
    .describe("CPU of gunicorn and the kernel on top of every request (measured: 0.3ms)"),
};

/** `backends` of a scenario. */
export const backends = z.strictObject({
  count: count.max(MOST_BACKENDS).describe("number of backends; at most 64 in a live run"),
  mode: z
    .enum(["sync", "gthread", "async"])
    .default("sync")
    .describe("gunicorn worker class; async is an event loop such as gevent"),
  workers: count.default(1).describe("worker processes per backend"),
  threads: count.default(1).describe("threads per worker (gthread)"),
  service: serviceSchema
    .optional()
    .describe(
      "service demand of a request at speed 1: a distribution, or { cpu, io, gilFree } with one each, or { total, ioShare, gilFreeShare }; default what its view takes in the shop",
    ),
  django: z
    .enum(DJANGO_VERSIONS)
    .default("5.2")
    .describe("version whose headers, pages and hashing cost the backends have, in quotes"),
  sessionBackend: z
    .enum(["shared", "local"])
    .default("shared")
    .describe(
      "who knows a session: every backend, or the one that began it (a visitor it does not know is sent to the login)",
    ),
  ...gunicorn,
  ...shared,
  allowedHosts: z.array(z.string().min(1)).min(1).default(["*"]).describe("Django's ALLOWED_HOSTS"),
  override: z
    .array(
      z.strictObject({
        backend: count.describe("number of the backend, from 1"),
        speed: factor.optional().describe("demand is divided by this"),
        weight: backendWeight.optional().describe("weight that the balancer is told"),
        workers: count.optional().describe("worker processes of this one"),
        cores: factor.optional().describe("cores of this one"),
        priority: z.int().min(0).optional().describe("tier, from 0 (the default), for +priority"),
      }),
    )
    .default([])
    .describe("what differs at single backends"),
  ...realKeys,
});
