import { createDemand, type Demand, totalOf } from "#kernel/demand.ts";
import { readComposedName } from "../balancers/composed-name.ts";
import { meanRate, offeredRate } from "./arrivals/arrivals.ts";
import { isDemandKnown } from "./real-django.ts";
import { mixOf, type PlayedRequest, requestsOf } from "./requests.ts";
import type { BackendsSpec, Scenario } from "./scenario.ts";
import { type Piece, piecesOf } from "./standing.ts";
import { slotsPerWorker, stationCapacity, type Workforce } from "./station-capacity.ts";

/** What one backend can do without faults. */
export interface BackendCapacity {
  /** From 1. */
  readonly id: number;
  /** Requests served at the same time: workers x threads, or connections of event loops. */
  readonly slots: number;
  readonly speed: number;
  readonly weight: number;
  /** Tier, from 0, for the overlay of that name. */
  readonly priority: number;
  /** Requests per second that it can complete. */
  readonly perSecond: number;
}

export interface Capacity {
  /** Requests per second of all backends together: what `load: 1` means. */
  readonly perSecond: number;
  /** Arrivals per second that make as many requests: what `load: 1` of arrivals means. Of sessions, fewer than requests. */
  readonly arrivalsPerSecond: number;
  /** Mean service demand of a request at speed 1, over the mix. */
  readonly meanDemandMs: number;
  readonly backends: readonly BackendCapacity[];
}

/**
 * True capacity: the sum over backends of workers x threads x speed / mean demand, without faults; less where they share cores, a lock or
 * connections (`station-capacity.ts`). Where real servers decide what a request takes it is not known: a demand of 0, and a capacity
 * without end.
 */
export function capacityOf(scenario: Pick<Scenario, "backends" | "traffic">): Capacity {
  const { backends } = scenario;
  const isKnown = isDemandKnown(scenario);
  const mean = isKnown ? meanDemand(requestsOf(scenario)) : NO_DEMAND;
  const meanDemandMs = totalOf(mean);
  // Most backends are alike.
  const known = new Map<string, number>();
  const limited = (force: Workforce): number => {
    const key = JSON.stringify(force);
    const perSecond = known.get(key) ?? stationCapacity(backends, force, mean);
    known.set(key, perSecond);
    return perSecond;
  };
  const list = Array.from({ length: backends.count }, (_, index): BackendCapacity => {
    const id = index + 1;
    const own = backends.override.find((entry) => entry.backend === id);
    const workers = own?.workers ?? backends.workers;
    const slots = workers * slotsPerWorker(backends);
    const speed = own?.speed ?? 1;
    const cores = own?.cores ?? backends.cores;
    const perSecond =
      isKnown && isLimited(backends, cores)
        ? limited({ workers, speed, cores })
        : (slots * speed * 1_000) / meanDemandMs;
    return { id, slots, speed, weight: own?.weight ?? 1, priority: own?.priority ?? 0, perSecond };
  });
  const perSecond = sumOf(list, (backend) => backend.perSecond);
  return {
    perSecond,
    arrivalsPerSecond: perSecond / requestsPerArrival(scenario),
    meanDemandMs,
    backends: list,
  };
}

const NO_DEMAND: Demand = { cpuMs: 0, ioMs: 0, gilFreeMs: 0 };

/** Something else than workers and threads may decide. */
function isLimited(
  { mode, gil, database, maxRequests, gcPause, overhead }: BackendsSpec,
  cores?: number,
): boolean {
  const limits = [cores, gil, database, maxRequests, gcPause];
  return mode === "async" || overhead > 0 || limits.some((limit) => limit !== undefined);
}

/** Of the whole mix, by parts. */
function meanDemand(requests: readonly PlayedRequest[]): Demand {
  const sum = { cpuMs: 0, ioMs: 0, gilFreeMs: 0 };
  let weights = 0;
  for (const request of requests) {
    const { mean } = createDemand(request.service);
    sum.cpuMs += request.weight * mean.cpuMs;
    sum.ioMs += request.weight * mean.ioMs;
    sum.gilFreeMs += request.weight * mean.gilFreeMs;
    weights += request.weight;
  }
  return { cpuMs: sum.cpuMs / weights, ioMs: sum.ioMs / weights, gilFreeMs: sum.gilFreeMs / weights };
}

/** 1, or the mean requests of a session where sessions arrive. */
function requestsPerArrival(scenario: Pick<Scenario, "traffic">): number {
  return mixOf(scenario)?.sessions?.requests ?? 1;
}

/** Planned requests per second over the window. */
export interface PlannedRates {
  readonly mean: number;
  /** Equal to `peak` when the rate does not change. */
  readonly lowest: number;
  readonly peak: number;
  /** At the start of the window, and all through the warm-up. */
  readonly start: number;
}

/** What the timetable offers in requests, if nobody leaves early; null in a closed loop, where the responses decide. */
export function plannedRates(scenario: Pick<Scenario, "backends" | "traffic">): PlannedRates | null {
  const { traffic } = scenario;
  if (traffic.model === "closed") return null;
  const windowMs = traffic.duration;
  const rate = offeredRate(traffic.arrivals, { capacity: capacityOf(scenario).arrivalsPerSecond, windowMs });
  const each = requestsPerArrival(scenario);
  return {
    mean: each * meanRate(rate, windowMs),
    lowest: each * rate.lowest,
    peak: each * rate.peak,
    start: each * rate.at(0),
  };
}

/** The offered rate is the same all through the window: what grows, grows by itself. */
export function isSteady(scenario: Pick<Scenario, "backends" | "traffic" | "membership">): boolean {
  const rates = plannedRates(scenario);
  return rates !== null && rates.lowest === rates.peak && scenario.membership.length === 0;
}

/** What must be known of an algorithm to say where its requests go in the long run. */
export interface AlgorithmTraits {
  readonly name: string;
  readonly family: "static" | "by-load" | "by-key";
  readonly weighted: boolean;
}

export interface Unstable {
  readonly algorithm: string;
  readonly reason: string;
}

const EXACT_ENOUGH = 1e-9;

/**
 * Algorithms that put a backend at or above its capacity for good, so that its queue grows as long as the run lasts. Algorithms that
 * look at the load are only found when the traffic exceeds what all backends can do. Of a rate that changes, the mean over the window
 * counts, as of a membership that changes: a burst above the capacity ends. A closed loop bounds every queue.
 */
export function unstableAlgorithms(scenario: Scenario, algorithms: readonly AlgorithmTraits[]): Unstable[] {
  const rates = plannedRates(scenario);
  if (rates === null) return [];
  const rate = rates.mean;
  const pieces = piecesOf(scenario, capacityOf(scenario).backends);
  const capacity = pieces.reduce(
    (sum, { length, there }) => sum + length * sumOf(there, ({ perSecond }) => perSecond),
    0,
  );
  const wanted = scenario.contestants.algorithms.flatMap((name) => composed(name, algorithms));
  if (reaches(rate, capacity)) {
    const reason = `${figure(rate)} requests/s are offered${rates.lowest < rates.peak ? " on average" : ""} and all backends together can serve ${figure(capacity)}`;
    return wanted.map(({ name }) => ({ algorithm: name, reason }));
  }
  return wanted.flatMap((algorithm) => {
    const reason =
      algorithm.family === "by-load" || algorithm.isFiltered
        ? null
        : overloadedBackend(algorithm, rate, pieces);
    return reason === null ? [] : [{ algorithm: algorithm.name, reason }];
  });
}

/** Overlays that decide themselves who gets how much. */
const FILTERS: readonly string[] = ["priority", "subset"];

/** The traits behind a name with overlays; none when a limit keeps every queue bounded, or where the name is of no algorithm of ours. */
function composed(
  name: string,
  algorithms: readonly AlgorithmTraits[],
): readonly (AlgorithmTraits & { readonly isFiltered: boolean })[] {
  const { algorithm, overlays } = readComposedName(name);
  const found = algorithms.find((each) => each.name === algorithm);
  if (found === undefined || overlays.includes("concurrency-limit")) return [];
  return [{ ...found, name, isFiltered: overlays.some((overlay) => FILTERS.includes(overlay)) }];
}

/** Each backend by what it is sent, on average, while it is there. */
function overloadedBackend(
  { weighted }: AlgorithmTraits,
  rate: number,
  pieces: readonly Piece[],
): string | null {
  const weightOf = ({ weight }: BackendCapacity): number => (weighted ? weight : 1);
  const seen = new Map<number, { readonly perSecond: number; time: number; share: number }>();
  for (const { length, there } of pieces) {
    const total = sumOf(there, weightOf);
    for (const backend of there) {
      const { id, perSecond } = backend;
      const so = seen.get(id) ?? { perSecond, time: 0, share: 0 };
      so.time += length;
      so.share += (length * weightOf(backend)) / total;
      seen.set(id, so);
    }
  }
  for (const [id, { perSecond, time, share }] of seen) {
    const offered = (rate * share) / time;
    if (!reaches(offered, perSecond)) continue;
    const when = time < 1 - EXACT_ENOUGH ? " while it is there" : "";
    return `backend ${id} is sent ${figure((100 * share) / time)} % of the requests${when}, ${figure(offered)}/s, and can serve ${figure(perSecond)}/s`;
  }
  return null;
}

function sumOf<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0);
}

const reaches = (offered: number, capacity: number): boolean => offered >= capacity * (1 - EXACT_ENOUGH);

const figure = (value: number): string => String(Number(value.toPrecision(3)));
