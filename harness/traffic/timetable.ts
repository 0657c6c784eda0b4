import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { createArrivals } from "../../scenarios/arrivals/arrivals.ts";
import type { Traffic } from "../../scenarios/scenario.ts";
import type { Phase } from "./work.ts";

type OpenTraffic = Extract<Traffic, { model: "open" }>;

/** One intended send; `k` counts within its phase. */
export interface Arrival {
  readonly phase: Phase;
  readonly k: number;
  /** Microseconds from the start of the window; negative in the warm-up. */
  readonly dueUs: number;
}

/** All arrivals of an open trial in order: the warm-up from -warmup to 0, then the window from 0 to duration. */
export function createTimetable(traffic: OpenTraffic, capacity: number, seed: number): Iterable<Arrival> {
  const arrivals = createRng(seed).fork("arrivals");
  const instantsOf = (phase: Phase): Iterator<Millis> =>
    createArrivals(traffic.arrivals, capacity, arrivals.fork(phase))[Symbol.iterator]();
  return { [Symbol.iterator]: () => iterate(traffic, instantsOf) };
}

/** By hand: a generator that delegates to another costs as much as a whole simulated request. */
function iterate(traffic: OpenTraffic, instantsOf: (phase: Phase) => Iterator<Millis>): Iterator<Arrival> {
  let phase: Phase = "warmup";
  let instants = instantsOf(phase);
  let fromMs = -traffic.warmup;
  let k = 0;
  const next = (): IteratorResult<Arrival> => {
    const instant = instants.next();
    const dueMs = instant.done === true ? Number.POSITIVE_INFINITY : fromMs + instant.value;
    if (dueMs < (phase === "warmup" ? 0 : traffic.duration))
      return { done: false, value: { phase, k: k++, dueUs: dueMs * 1_000 } };
    if (phase === "window") return { done: true, value: undefined };
    phase = "window";
    instants = instantsOf(phase);
    fromMs = 0;
    k = 0;
    return next();
  };
  return { next };
}
