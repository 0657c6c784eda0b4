import { z } from "zod";
import type { Millis } from "#kernel/units.ts";
import type { OverlayDefinition } from "../overlay.ts";

const schema = z
  .strictObject({
    initial: z.int().min(1).default(20).describe("requests in flight that are allowed at first"),
    min: z.int().min(1).default(20).describe("the limit is never below this"),
    max: z.int().min(1).default(200).describe("nor above this"),
    smoothing: z.number().gt(0).max(1).default(0.2).describe("weight of each new estimate"),
    tolerance: z
      .number()
      .min(1)
      .default(1.5)
      .describe("latency may be so many times the long-term one before the limit falls"),
    longWindow: z.int().min(10).default(600).describe("answers that the long-term latency is averaged over"),
    queueSize: z.number().min(0).default(4).describe("requests that may queue: what the limit grows by"),
  })
  .refine(
    ({ initial, min, max }) => min <= initial && initial <= max,
    "min, initial and max have to rise in this order",
  );
export type ConcurrencyLimitRule = z.output<typeof schema>;

export const overlay = {
  name: "concurrency-limit",
  summary: "requests over a limit that follows the latency are answered 503 at once",
  reference: "Netflix concurrency-limits, Gradient2Limit.java",
  stage: "guard",
  schema,
} as const satisfies OverlayDefinition;

/** Bounds the requests in flight of one balancer instance. */
export interface ConcurrencyLimit {
  readonly limit: number;
  readonly inFlight: number;
  /** A ticket, to be given back once; null when the limit is reached. */
  enter(): number | null;
  /** `latencyMs` of an answer; null when the request ended otherwise, which says nothing about the queues. */
  leave(ticket: number, latencyMs: Millis | null): void;
}

/** The first samples are averaged plainly (ExpAvgMeasurement.java, as Gradient2 sets it up). */
const WARM_UP_SAMPLES = 10;

/** Gradient2, one update per answer, a ticket being the requests in flight when it was admitted. */
export function createConcurrencyLimit(rule: ConcurrencyLimitRule): ConcurrencyLimit {
  let estimate: number = rule.initial;
  let inFlight = 0;
  let longMs = 0;
  let samples = 0;

  const average = (latencyMs: Millis): Millis => {
    samples += 1;
    const weight = samples <= WARM_UP_SAMPLES ? 1 / samples : 2 / (rule.longWindow + 1);
    longMs += (latencyMs - longMs) * weight;
    return longMs;
  };
  const learn = (latencyMs: Millis, seen: number): void => {
    const long = average(latencyMs);
    // After an overload the long-term latency comes down faster than its window would let it.
    if (long / latencyMs > 2) longMs *= 0.95;
    // Nobody asked for more: how much would be right cannot be seen.
    if (seen < estimate / 2) return;
    const gradient = Math.max(0.5, Math.min(1, (rule.tolerance * long) / latencyMs));
    const wanted = estimate * gradient + rule.queueSize;
    const next = estimate * (1 - rule.smoothing) + wanted * rule.smoothing;
    estimate = Math.max(rule.min, Math.min(rule.max, next));
  };
  return {
    get limit() {
      return Math.floor(estimate);
    },
    get inFlight() {
      return inFlight;
    },
    enter() {
      if (inFlight >= Math.floor(estimate)) return null;
      inFlight += 1;
      return inFlight;
    },
    leave(ticket, latencyMs) {
      inFlight -= 1;
      if (latencyMs !== null && latencyMs > 0) learn(latencyMs, ticket);
    },
  };
}
