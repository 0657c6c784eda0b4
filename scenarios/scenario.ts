/**
 * The scenario file: one declaration gives the type, the validation, the JSON Schema and the docs table.
 * What depends on more than one field (a fault's backend exists, a claim's contestant is there) is in `rules.ts`;
 * reading a file (YAML, suites, line numbers) is in `load.ts`.
 */
import { z } from "zod";
import { duration, positiveDuration, share } from "#kernel/units.ts";
import { faultSchema } from "../backends/faults/registry.ts";
import { backends } from "./schema-backends.ts";
import { contestants } from "./schema-contestants.ts";
import { claim, objective } from "./schema-judged.ts";
import { membershipChange } from "./schema-membership.ts";
import { traffic } from "./schema-traffic.ts";
import { name } from "./schema-words.ts";

/** Three nines. */
export const DEFAULT_AVAILABILITY = 0.999;

/** A point of a sweep has its value behind the name: `steady@load=0.7`. */
const scenarioName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(@[A-Za-z][A-Za-z0-9.]*=[0-9a-z.%-]+)?$/, "lower-case words joined by hyphens");

const overrides = z.record(z.string(), z.unknown()).default({});

export const scenarioSchema = z.strictObject({
  $schema: z.string().optional(),
  name: scenarioName.describe("unique in a run"),
  title: z.string().min(1).describe("one line for reports"),
  question: z.string().min(1).optional().describe("what the scenario is there to answer"),
  engines: z
    .array(z.enum(["live", "simulation"]))
    .min(1)
    .optional()
    .describe("what plays it, where that is not all that can"),
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
    .describe("who becomes a backend, ceases to be one or gets another weight, and when"),
  slo: z
    .strictObject({
      availability: share
        .default(DEFAULT_AVAILABILITY)
        .describe("share of requests that should succeed; the rest is the error budget"),
      latency: positiveDuration
        .optional()
        .describe("time within which an answer is a good one; default ten mean service demands"),
    })
    .optional()
    .describe("what the damage of faults is counted against: error budget and goodput; judges nothing"),
  claims: z.array(claim).default([]).describe("what will be seen, within each balancer"),
  objectives: z.array(objective).default([]).describe("what is required; a violation gives exit code 5"),
  quick: overrides.describe("merged into the scenario by --quick: its short form"),
});

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
