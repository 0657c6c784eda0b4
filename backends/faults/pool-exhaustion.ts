import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("pool-exhaustion"),
  ...faultKeys,
  ...scopeKeys,
  mode: z
    .enum(["wait", "fail-fast"])
    .default("wait")
    .describe("wait: for a connection, with the worker; fail-fast: too many clients"),
  wait: positiveDuration.default(30_000).describe("patience of a request that waits"),
});

/** Every connection to the database is taken. As with psycopg's pool a request waits for one and fails with 500 when its patience ends, or, without a pool, fails at once. Effect of it: no connection is ever given. */
export const fault = {
  name: "pool-exhaustion",
  summary: "a share of the requests gets no database connection: it waits and fails, or fails at once",
  schema,
  means: "request",
  durations: ["wait"],
  effect: ({ mode, wait }) => ({ slowdown: 0, status: 500, ...(mode === "wait" ? { addedMs: wait } : {}) }),
} as const satisfies Fault<WindowOf<typeof schema>>;
