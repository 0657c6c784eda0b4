import { z } from "zod";
import { type Millis, share } from "#kernel/units.ts";
import type { OverlayDefinition } from "../overlay.ts";
import { IDEMPOTENT_METHODS } from "../parity.ts";
import { createRetryBudget } from "../retry-budget.ts";

const schema = z.strictObject({
  percentile: share
    .default(0.95)
    .describe("a second copy is sent when this share of the latest requests were answered by then"),
  cap: share.default(0.05).describe("second copies as a share of the requests of the last 10 s, at most"),
});
export type HedgingRule = z.output<typeof schema>;

export const overlay = {
  name: "hedging",
  summary:
    "a request that may be repeated and is late is sent to a second backend too; the first answer counts, the other attempt is cancelled",
  reference: "Dean, Barroso, The Tail at Scale (2013); gRPC proposal A6",
  stage: "guard",
  schema,
} as const satisfies OverlayDefinition;

/** When to send a second copy of a request, and whether. */
export interface Hedging {
  /** A request arrived. */
  deposit(now: Millis): void;
  /** How long the first attempt is waited for; null while too few answers are known. */
  readonly delayMs: Millis | null;
  /** True when a second copy is allowed; it is then spent. */
  withdraw(now: Millis): boolean;
  /** A first attempt was answered after so long, or was cancelled after so long: by then it would have been late anyway. */
  observe(ms: Millis): void;
}

const LATEST = 512;
const FEWEST = 100;
/** Answers between two looks at the percentile: sorting costs more than it changes. */
const EVERY = 32;

const IDEMPOTENT: ReadonlySet<string> = new Set(IDEMPOTENT_METHODS);

/** A body streams once, and what is not idempotent must not be done twice (RFC 9110 section 9.2.2). */
export function mayHedge(method: string, hasBody: boolean): boolean {
  return !hasBody && IDEMPOTENT.has(method);
}

export function createHedging(rule: HedgingRule): Hedging {
  const latest = new Float64Array(LATEST);
  // The cap of copies is the law of a retry budget without a floor.
  const budget = createRetryBudget({ ratio: rule.cap, minPerSecond: 0 });
  let seen = 0;
  let delayMs: Millis | null = null;
  return {
    deposit: budget.deposit,
    withdraw: budget.withdraw,
    get delayMs() {
      return delayMs;
    },
    observe(ms) {
      latest[seen % LATEST] = ms;
      seen += 1;
      if (seen < FEWEST || (seen > FEWEST && seen % EVERY !== 0)) return;
      const known = latest.slice(0, Math.min(seen, LATEST)).sort();
      delayMs = known[Math.ceil(rule.percentile * known.length) - 1] ?? known[0]!;
    },
  };
}
