import { createRng } from "#kernel/rng.ts";
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
export function* createTimetable(traffic: OpenTraffic, capacity: number, seed: number): Iterable<Arrival> {
  yield* phase("warmup", traffic, capacity, seed, -traffic.warmup, 0);
  yield* phase("window", traffic, capacity, seed, 0, traffic.duration);
}

function* phase(
  name: Phase,
  traffic: OpenTraffic,
  capacity: number,
  seed: number,
  fromMs: number,
  toMs: number,
): Iterable<Arrival> {
  const rng = createRng(seed).fork("arrivals").fork(name);
  let k = 0;
  const setting = { capacity, windowMs: traffic.duration };
  for (const atMs of createArrivals(traffic.arrivals, setting, rng, name)) {
    const dueMs = fromMs + atMs;
    if (dueMs >= toMs) return;
    yield { phase: name, k, dueUs: dueMs * 1_000 };
    k += 1;
  }
}
