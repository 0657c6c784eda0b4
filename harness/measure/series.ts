import { createHistogram, type Histogram, percentileWithFailures } from "#kernel/histogram.ts";
import type { SeriesSecond } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import { PERCENTILES } from "./spread.ts";

/** Rows come as requests end, so a second of due times is complete when its last request must have timed out, plus this. */
const SLACK_US = 5_000_000;

export interface SeriesBuilder {
  readonly visit: (row: Row, latencyUs: number) => void;
  finish(): SeriesSecond[];
}

interface Open {
  readonly second: SeriesSecond;
  readonly successes: Histogram;
}

const OK = OUTCOMES.indexOf("ok");

/**
 * One entry per second of the window, by due time, quiet ones too. Latencies are kept for seconds that are still open only; a row that comes after
 * its second was closed is counted, and the second has no percentiles then.
 */
export function createSeries(
  durationUs: number,
  timeoutUs: number,
  backendIds: readonly number[],
): SeriesBuilder {
  const series = Array.from({ length: Math.max(1, Math.ceil(durationUs / 1e6)) }, (_, second) =>
    blank(second, backendIds),
  );
  const positionOf = new Map(backendIds.map((id, position) => [id, position]));
  const open = new Map<number, Open>();
  const late = new Set<number>();
  let closedBelow = 0;
  const close = (number: number): void => {
    const entry = open.get(number);
    if (entry === undefined) return;
    open.delete(number);
    const failures = entry.second.scheduled - entry.second.ok;
    entry.second.p50 = percentileWithFailures(entry.successes, failures, PERCENTILES.p50);
    entry.second.p99 = percentileWithFailures(entry.successes, failures, PERCENTILES.p99);
  };
  return {
    visit(row, latencyUs) {
      const number = Math.min(series.length - 1, Math.max(0, Math.floor(row.dueUs / 1e6)));
      const second = series[number] as SeriesSecond;
      count(second, row, positionOf);
      if (number < closedBelow) {
        late.add(number);
        return;
      }
      let entry = open.get(number);
      if (entry === undefined) {
        entry = { second, successes: createHistogram() };
        open.set(number, entry);
      }
      if (row.outcome === OK) entry.successes.record(latencyUs);
      const doneUs = row.endedUs - timeoutUs - SLACK_US;
      while ((closedBelow + 1) * 1e6 < doneUs && closedBelow < series.length) close(closedBelow++);
    },
    finish() {
      for (const number of [...open.keys()]) close(number);
      for (const number of late) Object.assign(series[number] as SeriesSecond, { p50: null, p99: null });
      return series;
    },
  };
}

function blank(second: number, backendIds: readonly number[]): SeriesSecond {
  return {
    second,
    scheduled: 0,
    ok: 0,
    httpError: 0,
    timeout: 0,
    connectionError: 0,
    aborted: 0,
    p50: null,
    p99: null,
    backends: backendIds.map((id) => ({
      id,
      ok: 0,
      httpError: 0,
      timeout: 0,
      connectionError: 0,
      aborted: 0,
    })),
  };
}

/** A request still in flight at the end of an interrupted run and one never sent are in `scheduled` alone. */
function count(second: SeriesSecond, row: Row, positionOf: ReadonlyMap<number, number>): void {
  second.scheduled += 1;
  const outcome = OUTCOMES[row.outcome];
  if (outcome === undefined || outcome === "inFlightAtEnd" || outcome === "dropped") return;
  second[outcome] += 1;
  const backend = second.backends[positionOf.get(row.backend) ?? -1];
  if (backend !== undefined) backend[outcome] += 1;
}
