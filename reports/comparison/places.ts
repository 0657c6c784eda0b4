/** Where on a swept axis the scenarios of a run lie. */
import { valueAt } from "../../scenarios/explain.ts";
import type { RunRecord } from "../record.ts";
import type { ScenarioSummary, Summary } from "../summary.ts";
import { showSwept } from "../sweep-sentences.ts";

/** A run with its summary. */
export interface Summarised {
  readonly run: RunRecord;
  readonly summary: Summary;
}

export interface Place {
  readonly scenario: ScenarioSummary;
  readonly x: number;
  /** `x` as a scenario file says it. */
  readonly text: string;
}

type Entry = RunRecord["scenarios"][number];
export type Axis = NonNullable<Entry["sweep"]>;

/** The scenario that `axis` sweeps and its variants, rising; what has no single value there (a ramp of load) is left out. */
export function placesOn({ run, summary }: Summarised, axis: Axis): readonly Place[] {
  const all = [
    ...summary.scenarios,
    ...summary.sweeps.flatMap(({ points }) => points.map(({ scenario }) => scenario)),
  ];
  return run.scenarios
    .flatMap((entry): Place[] => {
      const scenario = all.find(({ name }) => name === entry.name);
      const x = (entry.sweep?.of ?? entry.name) === axis.of ? sweptValue(entry, axis.path.join(".")) : null;
      if (scenario === undefined || x === null) return [];
      const isOnAxis = entry.sweep?.path.join(".") === axis.path.join(".");
      return [{ scenario, x, text: isOnAxis ? entry.sweep!.text : showSwept(axis.unit, x) }];
    })
    .sort((a, b) => a.x - b.x);
}

const LOAD = "traffic.arrivals.load";
const RATE = "traffic.arrivals.rate";

/** A rate is a load and a load is a rate, where it does not change within the window. */
function sweptValue({ definition, offeredRate, offeredRange, capacity }: Entry, path: string): number | null {
  const said = valueAt(definition, path.split("."));
  if (typeof said === "number") return said;
  if (offeredRate === null || offeredRange !== undefined) return null;
  if (path === RATE) return offeredRate;
  return path === LOAD && capacity !== null ? Number((offeredRate / capacity).toPrecision(6)) : null;
}
