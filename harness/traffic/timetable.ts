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

/** Where a reader of a timetable stands; the object changes with every step. */
export interface Cursor {
  readonly phase: Phase;
  readonly k: number;
  /** Infinity behind the last arrival. */
  readonly dueUs: number;
  /** On to the next arrival. */
  step(): void;
}

/** All arrivals of an open trial in order: the warm-up from -warmup to 0, then the window from 0 to duration. */
export function createTimetable(traffic: OpenTraffic, capacity: number, seed: number): Iterable<Arrival> {
  return { [Symbol.iterator]: () => iterate(readTimetable(traffic, capacity, seed)) };
}

function iterate(cursor: Cursor): Iterator<Arrival> {
  return {
    next() {
      const { phase, k, dueUs } = cursor;
      if (dueUs === Number.POSITIVE_INFINITY) return { done: true, value: undefined };
      cursor.step();
      return { done: false, value: { phase, k, dueUs } };
    },
  };
}

/** The same arrivals without an object for each; the cursor stands at the first one. */
export function readTimetable(
  { arrivals, warmup, duration }: OpenTraffic,
  capacity: number,
  seed: number,
): Cursor {
  const rng = createRng(seed).fork("arrivals");
  const setting = { capacity, windowMs: duration };
  const instantsOf = (phase: Phase): Iterator<Millis> =>
    createArrivals(arrivals, setting, rng.fork(phase), phase)[Symbol.iterator]();
  let instants = instantsOf("warmup");
  const cursor = {
    phase: "warmup" as Phase,
    k: -1,
    dueUs: 0,
    step() {
      const instant = instants.next();
      const fromMs = cursor.phase === "warmup" ? -warmup : 0;
      const dueMs = instant.done === true ? Number.POSITIVE_INFINITY : fromMs + instant.value;
      cursor.k += 1;
      cursor.dueUs = dueMs * 1_000;
      if (dueMs < (cursor.phase === "warmup" ? 0 : duration)) return;
      cursor.dueUs = Number.POSITIVE_INFINITY;
      if (cursor.phase === "window") return;
      cursor.phase = "window";
      cursor.k = -1;
      instants = instantsOf("window");
      cursor.step();
    },
  };
  cursor.step();
  return cursor;
}
