import type { Counts } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";

/** What the load generator itself says it did; null for a trial that was cut short before it could. */
export interface GeneratorCounts {
  readonly scheduled: number;
  readonly dropped: number;
  readonly inFlightAtEnd: number;
}

export interface Counter {
  readonly visit: (row: Row) => void;
  readonly counts: Counts;
  /** Why the counts do not add up; empty when they do. */
  reasons(generator: GeneratorCounts | null): readonly string[];
}

/** Nothing counted yet. */
export function noCounts(): Counts {
  return {
    scheduled: 0,
    sent: 0,
    dropped: 0,
    ok: 0,
    httpError: 0,
    timeout: 0,
    connectionError: 0,
    aborted: 0,
    inFlightAtEnd: 0,
  };
}

/** Counts rows by outcome. `sent` is counted by its own sign (a sending instant), so that the sums are a check and not a definition. */
export function createCounter(durationUs: number): Counter {
  const byOutcome = new Float64Array(OUTCOMES.length);
  let scheduled = 0;
  let sent = 0;
  let outside = 0;
  let unknown = 0;
  const total = (): Counts => {
    const counts = { ...noCounts(), scheduled, sent };
    for (const [code, name] of OUTCOMES.entries()) counts[name] = byOutcome[code] as number;
    return counts;
  };
  return {
    get counts() {
      return total();
    },
    visit(row) {
      scheduled += 1;
      if (!Number.isNaN(row.sentUs)) sent += 1;
      if (!(row.dueUs >= 0 && row.dueUs < durationUs)) outside += 1;
      if (row.outcome < OUTCOMES.length) byOutcome[row.outcome]! += 1;
      else unknown += 1;
    },
    reasons(generator) {
      const counts = total();
      const reasons: string[] = [];
      const ended =
        counts.ok +
        counts.httpError +
        counts.timeout +
        counts.connectionError +
        counts.aborted +
        counts.inFlightAtEnd;
      if (unknown > 0) reasons.push(`${unknown} rows have an unknown outcome`);
      if (outside > 0) reasons.push(`${outside} requests were due outside the window`);
      if (counts.scheduled !== counts.sent + counts.dropped) {
        reasons.push(`scheduled ${counts.scheduled} is not sent ${counts.sent} + dropped ${counts.dropped}`);
      }
      if (counts.sent !== ended) reasons.push(`sent ${counts.sent}, but ${ended} were accounted for`);
      if (generator !== null) {
        for (const name of ["scheduled", "dropped", "inFlightAtEnd"] as const) {
          if (generator[name] === counts[name]) continue;
          reasons.push(`the generator counted ${generator[name]} ${name}, the rows say ${counts[name]}`);
        }
      }
      return reasons;
    },
  };
}
