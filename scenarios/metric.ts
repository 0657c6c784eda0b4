import { z } from "zod";
import { trialSchema } from "../reports/record.ts";
import { unknownName } from "./nearest.ts";
import { unwrap } from "./schema-keys.ts";

/** In place of a position in a list: the largest or the smallest of what all its entries have there. */
export const EXTREMES = ["most", "least"] as const;

/** How many entries a trial's lists have in this scenario: `backends.3` exists with four backends. */
export type ListLengths = Readonly<Record<string, number>>;

/** What is wrong with a metric as a path to a number of a trial in `result.json`; null when it is one. */
export function metricProblem(metric: string, lengths: ListLengths): string | null {
  let at: unknown = trialSchema;
  const seen: string[] = [];
  for (const step of metric.split(".")) {
    if (at instanceof z.ZodObject) {
      const names = Object.keys(at.shape);
      if (!names.includes(step))
        return unknownName(seen.length === 0 ? "metric" : `metric in ${seen.join(".")}`, step, names);
      at = unwrap(at.shape[step]);
    } else if (at instanceof z.ZodArray) {
      const list = seen.join(".");
      const isExtreme = (EXTREMES as readonly string[]).includes(step);
      if (!isExtreme && !/^\d+$/.test(step))
        return `${list} is a list: give a position from 0, such as ${list}.0, or most or least`;
      const length = lengths[list];
      if (!isExtreme && length !== undefined && Number(step) >= length)
        return `${list} has ${length} entries, counted from 0`;
      at = unwrap(at.element);
    } else {
      return `${seen.join(".")} has nothing inside it`;
    }
    seen.push(step);
  }
  if (at instanceof z.ZodNumber) return null;
  if (at instanceof z.ZodObject)
    return `${metric} is not a number; it has ${Object.keys(at.shape).join(", ")}`;
  return `${metric} is not a number`;
}

export type MetricUnit = "ms" | "share" | "other";

const SHARES = [
  "errorRate",
  "share",
  "misdirectedShare",
  "slowerShare",
  "availability",
  "utilisation",
  "generatorUtilisation",
  "machineCpuPressure",
];

/** The unit of a metric that exists, by its name. */
export function unitOfMetric(metric: string): MetricUnit {
  const steps = metric.split(".");
  const last = steps.at(-1) ?? "";
  if (SHARES.includes(last) || steps.includes("keysMoved")) return last === "keys" ? "other" : "share";
  if (last === "count") return "other";
  const times = ["p50", "p99", "at", "for", "injectedAt", "liftedAt"];
  return steps.some((step) => step.endsWith("Ms")) || times.includes(last) ? "ms" : "other";
}
