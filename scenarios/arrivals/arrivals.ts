import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { type ArrivalsSpec, arrivals } from "./registry.ts";

/** Planned requests per second; `capacity` is the backends' true capacity per second (a `load` of 1). */
export function offeredRate(spec: ArrivalsSpec, capacity: number): number {
  return spec.rate ?? (spec.load ?? Number.NaN) * capacity;
}

/** Due times of all requests from 0 on, never decreasing, without end; the same seed gives the same timetable. */
export function createArrivals(spec: ArrivalsSpec, capacity: number, rng: Rng): Iterable<Millis> {
  const perSecond = offeredRate(spec, capacity);
  if (!(perSecond > 0 && Number.isFinite(perSecond)))
    throw new RangeError(`arrival rate ${perSecond} per second`);
  const process = arrivals.find((candidate) => candidate.name === spec.type);
  if (process === undefined) throw new RangeError(`unknown arrivals "${spec.type}"`);
  return process.instants(spec as never, perSecond, rng);
}
