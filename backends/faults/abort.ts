import { z } from "zod";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const errorStatus = z.int().min(400).max(599);

/** What `error`, its older name, shares with it. */
export const abortKeys = {
  ...faultKeys,
  ...scopeKeys,
  status: z
    .union([errorStatus, z.record(z.string().regex(/^[45][0-9][0-9]$/), z.number().positive())], {
      error: "expected a status from 400 to 599, or weights such as { 500: 3, 503: 1 }",
    })
    .default(500)
    .describe("status of the answer, or weights of several: { 500: 3, 503: 1 }"),
  when: z
    .enum(["before", "after"])
    .default("after")
    .describe("before: instead of the service, so that the backend looks fast; after: it fails in the end"),
};

const schema = z.strictObject({ type: z.literal("abort"), ...abortKeys });

/** The view fails, with Django's error page. A backend that fails before it has worked attracts balancers that look at load. */
export const fault = {
  name: "abort",
  summary: "a share of the requests is answered with an error status, before or after the service",
  schema,
  means: "request",
  effect: (spec, luck) => ({
    status: statusOf(spec.status, luck),
    ...(spec.when === "before" ? { slowdown: 0 } : {}),
  }),
} as const satisfies Fault<WindowOf<typeof schema>>;

/** One of the statuses by weight. */
export function statusOf(status: number | Readonly<Record<string, number>>, luck: number): number {
  if (typeof status === "number") return status;
  const weights = Object.entries(status);
  let left = luck * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [code, weight] of weights) {
    left -= weight;
    if (left < 0) return Number(code);
  }
  return Number(weights.at(-1)?.[0]);
}
