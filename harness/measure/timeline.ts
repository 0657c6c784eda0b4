import type { Impact } from "../../reports/record.ts";

export type PhaseName = keyof Impact["phases"];
export const PHASE_NAMES: readonly PhaseName[] = ["before", "during", "between", "after"];

/** When a window is whole and when it is not; instants in ms from its start. */
export interface Timeline {
  /** Start of the first fault, at most the window's length. */
  readonly firstMs: number;
  phaseAt(ms: number): PhaseName;
  /** Start of the first fault after `fromMs` and up to `toMs`; null when none began meanwhile. */
  onsetWithin(fromMs: number, toMs: number): number | null;
  secondsOf(phase: PhaseName): number;
}

/** A fault's window, ms. */
interface Span {
  readonly at: number;
  readonly for: number;
}

/** Windows may overlap and repeat: during is while any of them lasts, between is after one and before another. */
export function createTimeline(faults: readonly Span[], durationMs: number): Timeline {
  const spans = merged(faults);
  const onsets = [...new Set(faults.map(({ at }) => at))].sort((a, b) => a - b);
  const firstMs = Math.min(durationMs, spans[0]?.from ?? durationMs);
  const lastMs = spans.at(-1)?.to ?? durationMs;
  const clipped = (ms: number): number => Math.min(ms, durationMs);
  const duringMs = spans.reduce((sum, { from, to }) => sum + clipped(to) - clipped(from), 0);
  const afterMs = durationMs - clipped(lastMs);
  const lengths = {
    before: firstMs,
    during: duringMs,
    between: durationMs - firstMs - duringMs - afterMs,
    after: afterMs,
  };
  return {
    firstMs,
    phaseAt(ms) {
      if (ms < firstMs) return "before";
      if (ms >= lastMs) return "after";
      return spans.some(({ from, to }) => ms >= from && ms < to) ? "during" : "between";
    },
    onsetWithin: (fromMs, toMs) => onsets.find((at) => at > fromMs && at <= toMs) ?? null,
    secondsOf: (phase) => lengths[phase] / 1_000,
  };
}

/** What the windows cover, in order and without overlaps. */
function merged(faults: readonly Span[]): readonly { readonly from: number; readonly to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const { at, for: length } of faults.toSorted((a, b) => a.at - b.at)) {
    const last = spans.at(-1);
    if (last !== undefined && at <= last.to) last.to = Math.max(last.to, at + length);
    else spans.push({ from: at, to: at + length });
  }
  return spans;
}
