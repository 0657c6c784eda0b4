import type { FigureTable } from "./chart.ts";
import type { MetricKey } from "./metrics.ts";
import { STANDING_MARKS, showValue, statusMarks } from "./summary.ts";
import type { SweepSummary } from "./sweep.ts";

/** Value by contestant: the one table of a sweep. */
export function sweepTable(
  sweep: Pick<SweepSummary, "label" | "points" | "curves">,
  key: MetricKey,
): FigureTable {
  return {
    columns: [sweep.label, ...sweep.curves.map(({ label }) => label)],
    rows: sweep.points.map(({ text, scenario }, i) => [
      text,
      ...sweep.curves.map(({ contestants }) => {
        const c = contestants[i] ?? null;
        if (c === null) return "·";
        const standing = scenario.standing(c, key);
        const marks = statusMarks(c);
        return `${standing === null ? "" : STANDING_MARKS[standing]}${marks === "" ? "" : `${marks} `}${showValue(c, key)}`;
      }),
    ]),
  };
}
