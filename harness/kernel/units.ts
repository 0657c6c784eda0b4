import { z } from "zod";

/** A length of time in milliseconds; may be fractional. */
export type Millis = number;

const MS_PER = { us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)\s*(us|ms|s|m|h)$/;

/** `"20ms"` to 20; null when it is not a number with one of the units us, ms, s, m, h. */
export function parseDuration(text: string): Millis | null {
  const match = DURATION.exec(text.trim());
  return match ? Number(match[1]) * MS_PER[match[2] as keyof typeof MS_PER] : null;
}

/** 1500 to `"1.5s"`: the shortest form that parses back to the same value. */
export function formatDuration(ms: Millis): string {
  if (ms === 0) return "0ms";
  if (ms % 1_000 === 0) return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1_000}s`;
  if (ms >= 1_000) return `${ms / 1_000}s`;
  return ms >= 1 ? `${ms}ms` : `${ms * 1_000}us`;
}

/** A duration in a scenario: a string with a unit; a bare number is refused with the reason. Output in milliseconds. */
export const duration = z
  .string({
    error: (issue) =>
      typeof issue.input === "number"
        ? `a duration needs a unit: "${issue.input}ms" or "${issue.input}s"?`
        : 'expected a duration such as "20ms" or "5s"',
  })
  .transform((text, context): Millis => {
    const ms = parseDuration(text);
    if (ms !== null) return ms;
    const reason = /^\s*-/.test(text)
      ? "a duration cannot be negative"
      : 'expected a duration such as "20ms", "5s" or "2m"';
    context.addIssue({ code: "custom", message: `${reason}, got "${text}"` });
    return z.NEVER;
  });

/** A duration above zero. */
export const positiveDuration = duration.refine((ms) => ms > 0, "must be longer than 0");

/** A share: `0.05` or `"5%"`; output in [0, 1]. */
export const share = z
  .union([z.number(), z.string()], { error: 'expected a share such as 0.05 or "5%"' })
  .transform((value, context): number => {
    const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value.trim()) : null;
    const result = typeof value === "number" ? value : match ? Number(match[1]) / 100 : Number.NaN;
    if (result >= 0 && result <= 1) return result;
    context.addIssue({
      code: "custom",
      message: `expected a share from 0 to 1, or "0%" to "100%", got ${JSON.stringify(value)}`,
    });
    return z.NEVER;
  });
