import type { Chart } from "../chart.ts";
import { faultCaption, faultTable } from "../fault-tables.ts";
import { type FaultOver, faultsOf } from "../faults.ts";
import { showMs, showSpan } from "../figures.ts";
import { horizontalBars } from "../horizontal-bars.ts";
import { algorithmColour } from "../palette.ts";
import { drawn } from "../panels.ts";

/** Time from the start of each fault to normal service, a bar per contestant, with how sure it is. */
export const chart: Chart = {
  name: "recovery",
  summary: "Time from the start of each fault until errors are gone and latency is back, with its interval.",
  figure(scenario) {
    const contestants = drawn(scenario);
    const faults = faultsOf(contestants);
    const known = faults.filter(({ record }) => record.recovery !== "too-few-requests");
    if (known.length === 0) return null;
    const several = new Set(faults.map(({ record }) => `${record.at} ${record.backend}`)).size > 1;
    const bars = known.map((fault) => {
      const { contestant, record } = fault;
      return {
        name: several
          ? `${contestant.name}, ${record.type} of ${record.backend} at ${showMs(record.at)}`
          : contestant.name,
        value: record.recoveredAfterMs ?? lengthOf(fault),
        text: record.recoveredAfterMs === null ? "not in the trial" : showMs(record.recoveredAfterMs),
        interval: intervalOf(fault),
        colour: algorithmColour(contestant.algorithm),
      };
    });
    const durations = [...new Set(faults.map(({ record }) => record.for))];
    return {
      title: title(known),
      caption: faultCaption(contestants),
      config: horizontalBars({
        bars,
        label: "recovered after",
        axis: "from the start of the fault until errors are gone and latency is back",
        unit: "ms",
        show: showMs,
        ...(durations.length === 1 && durations[0] !== undefined
          ? { reference: { value: durations[0], label: `the fault ends, ${showMs(durations[0])}` } }
          : {}),
        thickness: 0.62,
        right: 110,
      }),
      height: 100 + bars.length * 34,
      table: faultTable(scenario.contestants, { intervals: true }),
    };
  },
};

/** To the end of what was seen of it. */
const lengthOf = ({ contestant, record }: FaultOver): number => contestant.shown.durationMs - record.at;

/** Over repeats; of one trial, the instants that it leaves open. */
function intervalOf({ record, over, samples }: FaultOver): readonly [number, number] | null {
  if (record.recoveredAfterMs === null) return null;
  const interval = samples > 1 ? (over.recovered?.interval ?? null) : record.recoveredRangeMs;
  return interval === null || !interval.every(Number.isFinite) || interval[0] === interval[1]
    ? null
    : interval;
}

function title(faults: readonly FaultOver[]): string {
  const after = faults.flatMap(({ record }) => record.recoveredAfterMs ?? []);
  const never = faults.filter(({ record }) => record.recovery === "never");
  if (after.length === 0) return "No contestant is back to normal within the trial";
  const back = `back to normal after ${showSpan(after, showMs)}`;
  if (never.length === 0) return `${faults.length > 1 ? "All are " : ""}${back}`.replace(/^b/, "B");
  return `${back.replace(/^b/, "B")}, but ${never.length} of ${faults.length} not within the trial`;
}
