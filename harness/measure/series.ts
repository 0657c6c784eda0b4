import { percentileWithFailures } from "#kernel/histogram.ts";
import type { SeriesSecond } from "../../reports/record.ts";
import { OUTCOMES, type Row, type RowOutcome } from "../rows.ts";
import { createPositions } from "./positions.ts";
import { PERCENTILES } from "./spread.ts";
import { createTally, type Tally } from "./tally.ts";

/** Rows come as requests end, so a second of due times is complete when its last request must have timed out, plus this. */
const SLACK_US = 5_000_000;

export interface SeriesBuilder {
  /** `bucket` is that of the latency. */
  readonly visit: (row: Row, latencyUs: number, bucket: number) => void;
  finish(): SeriesSecond[];
}

/** One second of due times. */
interface Second {
  scheduled: number;
  /** By outcome, and by backend and outcome. */
  readonly outcomes: Uint32Array;
  readonly backends: Uint32Array;
  /** Null once the second is closed. */
  successes: Tally | null;
  p50: number | null;
  p99: number | null;
}

const OK = OUTCOMES.indexOf("ok");
const KINDS = OUTCOMES.length;

/** A series by backend is for looking at: of more backends than a chart can tell apart there is none. */
export const SERIES_BACKENDS = 100;

/**
 * One entry per second of the window, by due time, quiet ones too. Latencies are kept for seconds that are still open only; a row that comes after
 * its second was closed is counted, and the second has no percentiles then.
 */
export function createSeries(
  durationUs: number,
  timeoutUs: number,
  backendIds: readonly number[],
): SeriesBuilder {
  const shown = backendIds.length <= SERIES_BACKENDS ? backendIds : [];
  const positionOf = createPositions(shown);
  const seconds = new Array<Second | undefined>(Math.max(1, Math.ceil(durationUs / 1e6)));
  const late = new Set<Second>();
  /** Of closed seconds, to be used again. */
  const spare: Tally[] = [];
  let closedBelow = 0;
  const secondAt = (number: number): Second => {
    seconds[number] ??= {
      scheduled: 0,
      outcomes: new Uint32Array(KINDS),
      backends: new Uint32Array(KINDS * shown.length),
      successes: spare.pop() ?? createTally(),
      p50: null,
      p99: null,
    };
    return seconds[number];
  };
  const close = (second: Second | undefined): void => {
    if (second === undefined || second.successes === null) return;
    const failures = second.scheduled - (second.outcomes[OK] as number);
    second.p50 = percentileWithFailures(second.successes, failures, PERCENTILES.p50);
    second.p99 = percentileWithFailures(second.successes, failures, PERCENTILES.p99);
    second.successes.clear();
    spare.push(second.successes);
    second.successes = null;
  };
  return {
    visit(row, latencyUs, bucket) {
      const number = Math.min(seconds.length - 1, Math.max(0, Math.floor(row.dueUs / 1e6)));
      const second = secondAt(number);
      second.scheduled += 1;
      second.outcomes[row.outcome]! += 1;
      const backend = positionOf(row.backend);
      if (backend !== -1) second.backends[backend * KINDS + row.outcome]! += 1;
      if (second.successes === null || number < closedBelow) late.add(second);
      else if (row.outcome === OK) second.successes.record(latencyUs, bucket);
      const doneUs = row.endedUs - timeoutUs - SLACK_US;
      while ((closedBelow + 1) * 1e6 < doneUs && closedBelow < seconds.length) close(seconds[closedBelow++]);
    },
    finish() {
      for (const second of seconds) close(second);
      for (const second of late) second.p50 = second.p99 = null;
      return Array.from(seconds, (_, number) => {
        const { scheduled, outcomes, backends, p50, p99 } = secondAt(number);
        const parts = shown.map((id, at) => ({ id, ...endings(backends, at * KINDS) }));
        return { second: number, scheduled, ...endings(outcomes, 0), p50, p99, backends: parts };
      });
    },
  };
}

type Endings = Pick<SeriesSecond, "ok" | "httpError" | "timeout" | "connectionError" | "aborted">;

/** A request still in flight at the end of an interrupted run and one never sent are in `scheduled` alone. */
function endings(counts: Uint32Array, from: number): Endings {
  const of = (outcome: RowOutcome): number => counts[from + OUTCOMES.indexOf(outcome)] ?? 0;
  return {
    ok: of("ok"),
    httpError: of("httpError"),
    timeout: of("timeout"),
    connectionError: of("connectionError"),
    aborted: of("aborted"),
  };
}
