/** Points that one run measured on the curves that the other one swept. */
import type { Contestant } from "../contestants.ts";
import type { MetricKey } from "../metrics.ts";
import type { Curve, SweepSummary } from "../sweep.ts";
import { type Difference, differenceOf, type RankAgreement, rankAgreements } from "./differences.ts";
import { neighbours, onCurve } from "./on-curve.ts";
import { isSimulated, seedsApart } from "./pairs.ts";
import { type Place, placesOn, type Summarised } from "./places.ts";

/** Figures of a point that a curve has too. */
export const ON_CURVE: readonly MetricKey[] = ["mean", "p50", "p90", "p99"];

/** One contestant at one value of what is swept. */
export interface PlacedPoint extends Omit<Place, "scenario"> {
  readonly contestant: Contestant;
  readonly curve: Curve;
  readonly differences: readonly Difference[];
}

export interface CurveComparison {
  /** Of the scenario that is swept. */
  readonly name: string;
  readonly sweep: SweepSummary;
  /** The run whose curves are drawn as lines; the other one's are points. */
  readonly lines: "first" | "second";
  /** Rising, at least one. */
  readonly points: readonly PlacedPoint[];
  /** At single values. */
  readonly ranks: readonly (RankAgreement & { readonly text: string })[];
  /** Contestants that one of the runs alone has. */
  readonly alone: readonly string[];
  /** What was not alike in the two. */
  readonly unlike: readonly string[];
  /** Values that were not swept themselves. */
  readonly between: readonly string[];
}

/** Every series that the other run has points of; where both have swept it, a simulation draws the lines. */
export function matchCurves(first: Summarised, second: Summarised): readonly CurveComparison[] {
  const secondLeads = isSimulated(second.run) && !isSimulated(first.run);
  const has = ({ summary }: Summarised, name: string): boolean =>
    summary.sweeps.some((sweep) => sweep.name === name);
  const names = new Set([first, second].flatMap(({ summary }) => summary.sweeps.map(({ name }) => name)));
  return [...names].flatMap((name) => {
    const lines = has(second, name) && (secondLeads || !has(first, name)) ? "second" : "first";
    const found = lines === "first" ? match(first, second, name, lines) : match(second, first, name, lines);
    return found === null ? [] : [found];
  });
}

function match(
  swept: Summarised,
  other: Summarised,
  name: string,
  lines: CurveComparison["lines"],
): CurveComparison | null {
  const sweep = swept.summary.sweeps.find((each) => each.name === name);
  const axis = swept.run.scenarios.find((entry) => entry.sweep?.of === name)?.sweep;
  const places = axis === undefined ? [] : placesOn(other, axis);
  if (sweep === undefined || places.length === 0) return null;
  const byAlgorithm = isSimulated(swept.run) !== isSimulated(other.run);
  const points = places.flatMap(({ scenario, x, text }) =>
    scenario.contestants.flatMap((contestant): PlacedPoint[] => {
      const curve = sweep.curves.find(({ name: of, contestants }) =>
        byAlgorithm ? contestants.some((c) => c?.algorithm === contestant.algorithm) : of === contestant.name,
      );
      if (curve === undefined) return [];
      const differences = ON_CURVE.map((key) => {
        const [point, line] = [contestant.values[key], onCurve(sweep, curve, key, x)];
        return lines === "first" ? differenceOf(key, line, point) : differenceOf(key, point, line);
      });
      return [{ x, text, contestant, curve, differences }];
    }),
  );
  const pointed = places.flatMap(({ scenario }) => scenario.contestants.map((c) => c.name));
  const paired = new Set(points.flatMap(({ contestant, curve }) => [contestant.name, curve.name]));
  return {
    name,
    sweep,
    lines,
    points,
    ranks: ranksOf(points),
    alone: [...new Set([...pointed, ...sweep.curves.map((curve) => curve.name)])].filter(
      (each) => !paired.has(each),
    ),
    unlike: unlike(swept, other, sweep, places, lines),
    between: places.flatMap(({ x, text }) => {
      const found = neighbours(sweep, x);
      return found === null
        ? []
        : [
            `${sweep.label} ${text} was not swept: its place on a curve lies between those at ${found.join(" and ")}`,
          ];
    }),
  };
}

/** Of points that are worth it, value by value. */
function ranksOf(points: readonly PlacedPoint[]): CurveComparison["ranks"] {
  const counted = points.filter(({ contestant: c }) => c.status !== "invalid" && c.unstable === null);
  return [...new Set(counted.map(({ text }) => text))].flatMap((text) => {
    const here = counted.filter((point) => point.text === text);
    const ranked = here.map(({ contestant: { balancer }, differences }) => ({ balancer, differences }));
    return rankAgreements(ranked).map((rank) => ({ ...rank, text }));
  });
}

function unlike(
  swept: Summarised,
  other: Summarised,
  sweep: SweepSummary,
  places: readonly Place[],
  lines: CurveComparison["lines"],
): readonly string[] {
  const inOrder = <T>(line: T, point: T): readonly [T, T] =>
    lines === "first" ? [line, point] : [point, line];
  const seedsOf = ({ run }: Summarised, names: readonly string[]): readonly number[] =>
    run.trials.flatMap(({ scenario, seed }) => (names.includes(scenario) ? [seed] : []));
  const seeds = seedsApart(
    ...inOrder(
      seedsOf(
        swept,
        sweep.points.map(({ scenario }) => scenario.name),
      ),
      seedsOf(
        other,
        places.map(({ scenario }) => scenario.name),
      ),
    ),
  );
  const capacities = new Set(sweep.points.map(({ scenario }) => scenario.capacity));
  const others = [...new Set(places.map(({ scenario }) => scenario.capacity))];
  const odd = capacities.size === 1 ? others.filter((capacity) => !capacities.has(capacity)) : [];
  const shown = (list: Iterable<number | null>): string =>
    [...list].map((each) => each ?? "not known").join(", ");
  const [a, b] = inOrder(shown(capacities), shown(odd));
  return [
    ...(seeds === null ? [] : [seeds]),
    ...(odd.length === 0 ? [] : [`the capacity is ${a} and ${b} per second`]),
  ];
}
