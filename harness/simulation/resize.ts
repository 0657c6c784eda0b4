import { formatDuration } from "#kernel/units.ts";
import { backendsOf, MOST_WINDOWS } from "../../backends/faults/windows.ts";
import { capacityOf, plannedRates } from "../../scenarios/capacity.ts";
import type { LoadedScenario } from "../../scenarios/load.ts";
import { isKeys, merge } from "../../scenarios/merge.ts";
import { mixOf } from "../../scenarios/requests.ts";
import { ringsFit } from "../../scenarios/rules-rings.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { MOST_BACKENDS } from "../../scenarios/schema-words.ts";
import { createTimetable } from "../traffic/timetable.ts";
import { UsageError } from "../trial.ts";

export interface Size {
  /** Instead of `traffic.duration`: requests of the window. */
  readonly requests?: number;
  /** Instead of `backends.count`. */
  readonly backends?: number;
  readonly seed: number;
}

/** The same scenario with as many backends and as many requests as asked. Throws UsageError where that makes no sense. */
export function resize(loaded: LoadedScenario, { requests, backends, seed }: Size): LoadedScenario {
  const grown = backends === undefined ? loaded : withBackends(loaded, backends);
  return requests === undefined ? grown : withRequests(grown, requests, seed);
}

function withBackends(loaded: LoadedScenario, count: number): LoadedScenario {
  const { scenario } = loaded;
  if (count > MOST_BACKENDS) throw new UsageError(`--backends ${count}: at most ${MOST_BACKENDS}`);
  const { override } = scenario.backends;
  // "all" are as many as there will be.
  const afflicted = scenario.faults.flatMap((fault) => backendsOf(fault, count));
  const named = [...override.map(({ backend }) => backend), ...afflicted];
  const highest = named.reduce((most, id) => Math.max(most, id), 0);
  if (highest > count)
    throw new UsageError(`--backends ${count}: ${scenario.name} speaks of backend ${highest}`);
  if (afflicted.length > MOST_WINDOWS)
    throw new UsageError(
      `--backends ${count}: the faults of ${scenario.name} on all of them would be more than ${MOST_WINDOWS}`,
    );
  const grown = { ...scenario, backends: { ...scenario.backends, count } };
  for (const { message } of ringsFit(grown)) throw new UsageError(`--backends ${count}: ${message}`);
  return change(loaded, grown, { backends: { count } });
}

/** N requests are recorded after a warm-up of the scenario's length or N/10 requests, whichever is shorter. */
function withRequests(loaded: LoadedScenario, requests: number, seed: number): LoadedScenario {
  const { scenario } = loaded;
  const { traffic } = scenario;
  const rates = plannedRates(scenario);
  if (traffic.model === "closed" || rates === null)
    throw new UsageError(`--requests: ${scenario.name} is a closed loop, whose users decide; use --duration`);
  if (mixOf(scenario)?.sessions != null)
    throw new UsageError(`--requests: ${scenario.name} plays sessions, whose users decide; use --duration`);
  if (traffic.arrivals.type === "ramp" && traffic.arrivals.over === undefined)
    throw new UsageError(
      `--requests: the ramp of ${scenario.name} is as long as its window; give it over, or use --duration`,
    );
  const warmup = Math.min(traffic.warmup, ((requests / 10) * 1_000) / rates.start);
  const endless = { ...traffic, warmup: 0, duration: Number.POSITIVE_INFINITY };
  let count = 0;
  let duration = 0;
  for (const { dueUs } of createTimetable(endless, capacityOf(scenario).arrivalsPerSecond, seed)) {
    // The window ends when the one after the last would be due.
    duration = Math.floor(dueUs) / 1_000;
    if (count === requests) break;
    count += 1;
  }
  if (count < requests)
    throw new UsageError(`--requests ${requests}: the trace of ${scenario.name} has only ${count}`);
  const late = scenario.faults.find(({ at }) => at >= duration);
  if (late !== undefined)
    throw new UsageError(
      `--requests ${requests}: ${scenario.name} is over after ${formatDuration(duration)}, before its ${late.type} at ${formatDuration(late.at)}`,
    );
  const window = { warmup: formatDuration(warmup), duration: formatDuration(duration) };
  return change(loaded, { ...scenario, traffic: { ...traffic, warmup, duration } }, { traffic: window });
}

function change(loaded: LoadedScenario, scenario: Scenario, layer: unknown): LoadedScenario {
  const { definition } = loaded;
  return { ...loaded, scenario, definition: isKeys(definition) ? merge(definition, layer) : definition };
}
