import { z } from "zod";
import type { DistributionSpec } from "#kernel/distribution.ts";
import type { Deployment } from "../service.ts";

const count = z.int().min(1);
const ms = z.number().min(0);
/** Drawn from by us alone, and checked where the scenario was read. */
const distribution = z.custom<DistributionSpec>((value) => typeof value === "object" && value !== null);

/** What a deployment is told beside its workers and threads; times in milliseconds. Null: no such limit, no such thing. */
export const stationSchema = z.strictObject({
  /** Connections that one gthread or async worker accepts. */
  workerConnections: count.nullable(),
  /** Length of the kernel's queue. */
  backlog: count.nullable(),
  /** A worker that is busy with one request for longer is killed. */
  timeoutMs: ms.nullable(),
  timeoutLook: z.enum(["empty", "500"]),
  maxRequests: count.nullable(),
  maxRequestsJitter: z.int().min(0),
  boot: distribution,
  coldStart: z.strictObject({ factor: z.number(), hits: count }).nullable(),
  cores: z.number().positive().nullable(),
  /** Code takes so many times as long while threads of a worker compete; null when every thread has an interpreter of its own. */
  gilOverhead: z.number().min(1).nullable(),
  database: z
    .strictObject({ pool: count, mode: z.enum(["wait", "fail-fast"]), waitTimeoutMs: ms })
    .nullable(),
  gcPause: z.strictObject({ every: distribution, for: distribution }).nullable(),
  /** CPU on top of every request, at speed 1. */
  overheadMs: ms,
});

export type StationSpec = Readonly<z.output<typeof stationSchema>>;

/** A deployment whose departures are not known on arrival. */
export interface StationDeployment extends Deployment {
  readonly station: StationSpec;
}
