import { z } from "zod";

const ms = z.number().nullable();

/** Summary of latencies, ms; percentiles are null where they are not reached or not worth printing. */
export const latencySchema = z.strictObject({
  count: z.int().min(0),
  mean: ms,
  p50: ms,
  p90: ms,
  p95: ms,
  p99: ms,
  p999: ms,
  max: ms,
});
