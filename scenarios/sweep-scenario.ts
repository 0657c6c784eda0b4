import { isKeys } from "./merge.ts";
import { formatPath } from "./problem.ts";
import type { Scenario } from "./scenario.ts";
import { type Sweep, type SweepPlace, type SweepPoint, withValue } from "./sweep.ts";

/** One variant of a scenario's data and its place in the series, or why there is none. Pure. */
export function sweepOne(
  data: unknown,
  sweep: Sweep,
  point: SweepPoint,
  { name, title }: Pick<Scenario, "name" | "title">,
): { readonly data: unknown; readonly place: SweepPlace } | { readonly problem: string } {
  const changed = withValue(data, sweep.path, point, sweep.unit);
  if (!isKeys(changed)) return { problem: `there is no ${formatPath(sweep.path)} in the scenario` };
  const { label, path, unit } = sweep;
  // No number stands at the top of a scenario: a swept name or title stays as it is, to be refused.
  const named =
    sweep.path.length === 1
      ? {}
      : { name: `${name}@${label}=${point.text}`, title: `${title}, ${label} ${point.text}` };
  return { data: { ...changed, ...named }, place: { of: name, title, label, path, unit, ...point } };
}
