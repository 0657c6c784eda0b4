/** A series of variants of a scenario that differ in one number: what `--sweep PATH=FROM..TO/STEP` asks for. */
import { formatDuration, parseDuration } from "#kernel/units.ts";
import { isKeys } from "./merge.ts";
import type { Path } from "./problem.ts";

/** A value of the series. */
export interface SweepPoint {
  /** Milliseconds, shares from 0 to 1, or the number itself. */
  readonly value: number;
  /** As the command line and a scenario file say it: `0.7`, `70%`, `20ms`. */
  readonly text: string;
}

export interface Sweep {
  /** `load`, or the path as it was given, with dots. */
  readonly label: string;
  readonly path: Path;
  readonly unit: "number" | "share" | "ms";
  /** Rising, at least two. */
  readonly points: readonly SweepPoint[];
}

/** Which point of which series a scenario is. */
export interface SweepPlace extends SweepPoint, Pick<Sweep, "label" | "path" | "unit"> {
  /** Name and title of the scenario that is swept. */
  readonly of: string;
  readonly title: string;
}

export const MOST_POINTS = 200;

const SHORT: Readonly<Record<string, string>> = {
  load: "traffic.arrivals.load",
  rate: "traffic.arrivals.rate",
  backends: "backends.count",
  instances: "contestants.instances",
};

/** `load=0.1..0.9/0.1` or `load=0.3,0.5`; a text says what is wrong with it. */
export function parseSweep(text: string): Sweep | string {
  const at = text.indexOf("=");
  if (at < 1) return "expected PATH=FROM..TO/STEP, such as load=0.1..0.9/0.1, or PATH=A,B,C";
  const label = text
    .slice(0, at)
    .trim()
    .replace(/\[(\d+)\]/g, ".$1");
  if (!/^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*$/.test(label))
    return `${JSON.stringify(label)} is no path of a scenario, such as backends.override.0.speed`;
  const path = (SHORT[label] ?? label).split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const series = seriesOf(text.slice(at + 1));
  return typeof series === "string" ? series : { label, path, ...series };
}

type Series = Pick<Sweep, "unit" | "points">;

function seriesOf(text: string): Series | string {
  const range = /^(.+?)\.\.(.+)\/(.+)$/.exec(text);
  const words = range === null ? text.split(",") : range.slice(1);
  const found = words.map((word) => quantityOf(word.trim()));
  const wrong = found.indexOf(null);
  if (wrong !== -1)
    return `${JSON.stringify(words[wrong]?.trim())} is not a number, a percentage such as 70%, or a duration such as 20ms`;
  const quantities = found.filter((quantity) => quantity !== null);
  const unit = quantities[0]!.unit;
  if (quantities.some((quantity) => quantity.unit !== unit))
    return "values of one series need one kind: all numbers, all percentages or all durations";
  const values = quantities.map(({ value }) => value);
  const points = range === null ? listed(values) : ranged(values[0]!, values[1]!, values[2]!);
  if (typeof points === "string") return points;
  return { unit, points: points.map((value) => ({ value, text: textOf(unit, value) })) };
}

function listed(values: readonly number[]): readonly number[] | string {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  if (sorted.length < values.length) return "a value is in the list twice";
  return sorted.length < 2 ? "a series needs two values or more" : bounded(sorted.length, () => sorted);
}

/** Enough to step over what a sum of steps loses to rounding. */
const ROUNDING = 1e-9;

function ranged(from: number, to: number, step: number): readonly number[] | string {
  if (!(step > 0)) return "STEP must be above 0";
  if (from > to) return "FROM must not be above TO";
  const count = Math.floor((to - from) / step + ROUNDING) + 1;
  if (count < 2) return "STEP leaves one value only: a series needs two or more";
  return bounded(count, () => Array.from({ length: count }, (_, i) => rounded(from + i * step)));
}

const bounded = (count: number, values: () => readonly number[]): readonly number[] | string =>
  count > MOST_POINTS ? `${count} values are more than the ${MOST_POINTS} that a series may have` : values();

/** 0.1 + 2 x 0.1 is 0.3. */
const rounded = (value: number): number => Number(value.toPrecision(12));

function quantityOf(text: string): { readonly unit: Sweep["unit"]; readonly value: number } | null {
  if (/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text)) return { unit: "number", value: Number(text) };
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  if (percent !== null) return { unit: "share", value: Number(percent[1]) / 100 };
  const ms = parseDuration(text);
  return ms === null ? null : { unit: "ms", value: ms };
}

function textOf(unit: Sweep["unit"], value: number): string {
  if (unit === "ms") return formatDuration(value);
  return unit === "share" ? `${rounded(value * 100)}%` : String(value);
}

/** The data of a scenario file with another value at a path; null where a list has no such entry. Pure. */
export function withValue(data: unknown, path: Path, point: SweepPoint, unit: Sweep["unit"]): unknown {
  const [step, ...deeper] = path;
  if (step === undefined) return unit === "number" ? point.value : point.text;
  if (Array.isArray(data)) {
    if (typeof step !== "number" || step >= data.length) return null;
    const entry = withValue(data[step], deeper, point, unit);
    return entry === null ? null : data.map((old, i) => (i === step ? entry : old));
  }
  if (typeof step === "number") return null;
  const keys = isKeys(data) ? data : {};
  const value = withValue(keys[step], deeper, point, unit);
  if (value === null) return null;
  // A volume is given by one of the two: the swept one takes the place of the other.
  const { [TWIN[step] ?? ""]: _, ...others } = keys;
  return { ...others, [step]: value };
}

const TWIN: Readonly<Record<string, string>> = { load: "rate", rate: "load" };
