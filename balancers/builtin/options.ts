import { z } from "zod";
import { HASH_KEY } from "../hash-key.ts";
import { rulesSchema } from "../overlay-rules.ts";

const ms = z.number().positive();
const port = z.int().min(0).max(65_535);

/** `builtin.json`: everything one builtin proxy needs to know; the only argument of `main.ts` is its path. */
export const optionsSchema = z.strictObject({
  /** Name in the registry, or absolute path of a file that exports `algorithm`. */
  algorithm: z.string().min(1),
  /** What goes with it, each with all its parameters; absent without any. */
  overlays: rulesSchema.optional(),
  hashKey: z.string().regex(HASH_KEY),
  seed: z.int(),
  listen: z.strictObject({ host: z.string().min(1), port, backlog: z.int().min(1) }),
  /** Processes that share the listening socket; each has balancer state of its own. */
  workers: z.int().min(1).max(64),
  /** Report attempts per backend over IPC. */
  attempts: z.boolean(),
  backends: z.array(
    z.strictObject({
      id: z.int().min(1),
      host: z.string().min(1),
      port,
      weight: z.number().positive(),
      /** Tier, from 0; looked at by the overlay of that name. */
      priority: z.int().min(0).optional(),
    }),
  ),
  /** Ids of those that are no backends at first. */
  absent: z.array(z.int().min(1)).optional(),
  /** Host header to the backends: as the client sent it, the backend's address, or this text. */
  host: z.union([z.literal("preserve"), z.literal("upstream"), z.string().regex(/^[^\s]+$/)]),
  /** Adds `Via: 1.1 evenkeel` both ways. */
  via: z.boolean(),
  timeouts: z.strictObject({
    connectMs: ms,
    readMs: ms,
    clientMs: ms,
    clientHeaderMs: ms,
    clientKeepAliveMs: ms,
    upstreamIdleMs: ms,
  }),
  headBytes: z.int().min(1_024),
  retry: z.strictObject({
    tries: z.int().min(1),
    budget: z.strictObject({ ratio: z.number().min(0), minPerSecond: z.number().min(0) }).nullable(),
  }),
  ejection: z.strictObject({ maxFails: z.int().min(1), ejectMs: ms }).nullable(),
  health: z
    .strictObject({
      path: z.string().startsWith("/"),
      host: z.string().regex(/^[^\s]+$/),
      intervalMs: ms,
      timeoutMs: ms,
      rise: z.int().min(1),
      fall: z.int().min(1),
    })
    .nullable(),
  /** Time given to requests in flight after SIGTERM. */
  drainMs: z.number().min(0),
});

export type ProxyOptions = z.output<typeof optionsSchema>;
export type ProxyBackend = ProxyOptions["backends"][number];
export type HealthRule = NonNullable<ProxyOptions["health"]>;
