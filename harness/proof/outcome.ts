/** What a self-test finds: one row per case, and what they come to. Printed by `selftest --json`. */
import { z } from "zod";
import { machineSchema } from "../../reports/record.ts";

export const VERDICTS = ["holds", "fails", "too busy to judge", "n/a"] as const;

const number = z.number().nullable();

export const caseSchema = z.strictObject({
  id: z.string().regex(/^(simulation|live)\/[a-z0-9./-]+$/),
  title: z.string().min(1),
  unit: z.string().describe("of theory, measured, error and bound"),
  theory: number.describe("null when the case was not measured"),
  measured: number,
  error: number.describe("measured - theory"),
  bound: number.describe("largest error, either way, at which the case holds"),
  standardError: number.describe("of what was measured; null where nothing is drawn"),
  verdict: z.enum(VERDICTS),
  note: z.string().nullable().describe("formula or source, what stands beside it, or why there is no number"),
  strain: z.string().nullable().describe("what disturbed the instrument, so that nothing was judged"),
});

export const selftestSchema = z.strictObject({
  schema: z.literal("evenkeel/selftest@1"),
  verdict: z.enum(["holds", "fails", "too busy to judge", "interrupted"]),
  quick: z.boolean(),
  tookMs: z.number(),
  versions: z.record(z.string(), z.string()),
  machine: machineSchema,
  cases: z.array(caseSchema),
});

export type Case = Readonly<z.output<typeof caseSchema>>;
export type Selftest = Readonly<z.output<typeof selftestSchema>>;

export interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly theory: number;
  readonly measured: number;
  readonly bound: number;
  readonly standardError?: number;
  readonly note?: string;
  /** What disturbed the measuring instrument; then nothing is judged. */
  readonly strain?: readonly string[];
}

/** Holds when the error is within the bound; a number that is none fails. */
export function judge(comparison: Comparison): Case {
  const {
    id,
    title,
    unit,
    theory,
    measured,
    bound,
    standardError = null,
    strain = [],
    note = null,
  } = comparison;
  const finite = [theory, measured, bound].every(Number.isFinite);
  const error = measured - theory;
  const values = finite ? { theory, measured, error, bound } : NOTHING;
  const row = { id, title, unit, ...values, standardError, note, strain: null };
  if (strain.length > 0) return { ...row, verdict: "too busy to judge", strain: strain.join("; ") };
  if (!finite) return { ...row, verdict: "fails", note: `not a number: ${measured} against ${theory}` };
  return { ...row, verdict: Math.abs(error) <= bound ? "holds" : "fails" };
}

const NOTHING = { theory: null, measured: null, error: null, bound: null } as const;

/** A case that gave no number: `why` says what is missing or went wrong. */
export function unmeasured(
  { id, title, unit = "" }: { readonly id: string; readonly title: string; readonly unit?: string },
  verdict: "fails" | "n/a",
  why: string,
): Case {
  return { id, title, unit, ...NOTHING, standardError: null, verdict, note: why, strain: null };
}

/** A case that there was no time for. */
export function postponed({ id, title }: { readonly id: string; readonly title: string }, why: string): Case {
  return { ...unmeasured({ id, title }, "n/a", why), verdict: "too busy to judge", note: null, strain: why };
}

/** A failure is a failure whatever else was disturbed; nothing judged at all is no pass. */
export function overall(cases: readonly Case[]): "holds" | "fails" | "too busy to judge" {
  const verdicts = cases.map(({ verdict }) => verdict);
  if (verdicts.includes("fails") || !verdicts.some((verdict) => verdict !== "n/a")) return "fails";
  return verdicts.includes("too busy to judge") ? "too busy to judge" : "holds";
}
