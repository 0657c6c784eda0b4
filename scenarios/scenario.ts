/**
 * The scenario file: one declaration gives the type, the validation, the JSON Schema and the docs table.
 * What depends on more than one field (a fault's backend exists, a claim's contestant is there) is in `rules.ts`;
 * reading a file (YAML, suites, line numbers) is in `load.ts`.
 */
import { z } from "zod";
import { distributionSchema } from "#kernel/distribution.ts";
import { duration } from "#kernel/units.ts";
import { DJANGO_VERSIONS } from "../backends/django/profile.ts";
import { faultSchema } from "../backends/faults/registry.ts";
import { contestants } from "./schema-contestants.ts";
import { claim, objective } from "./schema-judged.ts";
import { membershipChange } from "./schema-membership.ts";
import { traffic } from "./schema-traffic.ts";
import { backendWeight, count, factor, MOST_BACKENDS, name } from "./schema-words.ts";

/** A point of a sweep has its value behind the name: `steady@load=0.7`. */
const scenarioName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(@[A-Za-z][A-Za-z0-9.]*=[0-9a-z.%-]+)?$/, "lower-case words joined by hyphens");
const backends = z.strictObject({
  count: count.max(MOST_BACKENDS).describe("number of backends; at most 64 in a live run"),
  mode: z.enum(["sync", "gthread"]).default("sync").describe("gunicorn worker class"),
  workers: count.default(1).describe("worker processes per backend"),
  threads: count.default(1).describe("threads per worker (gthread)"),
  service: distributionSchema
    .optional()
    .describe("service demand of a request at speed 1; default what its view takes in the shop"),
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
  allowedHosts: z.array(z.string().min(1)).min(1).default(["*"]).describe("Django's ALLOWED_HOSTS"),
  override: z
    .array(
      z.strictObject({
        backend: count.describe("number of the backend, from 1"),
        speed: factor.optional().describe("demand is divided by this"),
        weight: backendWeight.optional().describe("weight that the balancer is told"),
        workers: count.optional().describe("worker processes of this one"),
        priority: z.int().min(0).optional().describe("tier, from 0 (the default), for +priority"),
      }),
    )
    .default([])
    .describe("what differs at single backends"),
});

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
