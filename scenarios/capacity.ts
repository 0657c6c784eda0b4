import { createDistribution } from "#kernel/distribution.ts";
import { readComposedName } from "../balancers/composed-name.ts";
import { meanRate, offeredRate } from "./arrivals/arrivals.ts";
import type { Scenario } from "./scenario.ts";

/** What one backend can do without faults. */
export interface BackendCapacity {
  /** From 1. */
  readonly id: number;
  /** Requests served at the same time: workers x threads. */
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
  /** Mean service demand of a request at speed 1, over the mix. */
  readonly meanDemandMs: number;
  readonly backends: readonly BackendCapacity[];
}

/** True capacity: the sum over backends of workers x threads x speed / mean demand, without faults. */
export function capacityOf({ backends, traffic }: Pick<Scenario, "backends" | "traffic">): Capacity {
  const meanDemandMs = meanDemand(traffic.requests, backends.service);
  const list = Array.from({ length: backends.count }, (_, index): BackendCapacity => {
    const id = index + 1;
    const own = backends.override.find((entry) => entry.backend === id);
    const slots = (own?.workers ?? backends.workers) * backends.threads;
    const speed = own?.speed ?? 1;
    const perSecond = (slots * speed * 1_000) / meanDemandMs;
    return { id, slots, speed, weight: own?.weight ?? 1, priority: own?.priority ?? 0, perSecond };
  });
  return {
    perSecond: list.reduce((sum, backend) => sum + backend.perSecond, 0),
    meanDemandMs,
    backends: list,
  };
}

function meanDemand(
  requests: Scenario["traffic"]["requests"],
  service: Scenario["backends"]["service"],
): number {
  let weighted = 0;
  let weights = 0;
  for (const request of requests) {
    weighted += request.weight * createDistribution(request.service ?? service).mean;
    weights += request.weight;
  }
  return weighted / weights;
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

/** What the timetable offers; null in a closed loop, where the responses decide. */
export function plannedRates(scenario: Pick<Scenario, "backends" | "traffic">): PlannedRates | null {
  const { traffic } = scenario;
  if (traffic.model === "closed") return null;
  const windowMs = traffic.duration;
  const rate = offeredRate(traffic.arrivals, { capacity: capacityOf(scenario).perSecond, windowMs });
  return { mean: meanRate(rate, windowMs), lowest: rate.lowest, peak: rate.peak, start: rate.at(0) };
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
 * counts: a burst above the capacity ends. A closed loop bounds every queue.
 */
export function unstableAlgorithms(scenario: Scenario, algorithms: readonly AlgorithmTraits[]): Unstable[] {
  const rates = plannedRates(scenario);
  if (rates === null) return [];
  const rate = rates.mean;
  const capacity = capacityOf(scenario);
  const wanted = scenario.contestants.algorithms.flatMap((name) => composed(name, algorithms));
  if (reaches(rate, capacity.perSecond)) {
    const reason = `${figure(rate)} requests/s are offered${rates.lowest < rates.peak ? " on average" : ""} and all backends together can serve ${figure(capacity.perSecond)}`;
    return wanted.map(({ name }) => ({ algorithm: name, reason }));
  }
  return wanted.flatMap((algorithm) => {
    const reason =
      algorithm.family === "by-load" || algorithm.isFiltered
        ? null
        : overloadedBackend(algorithm, rate, capacity.backends);
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

function overloadedBackend(
  { weighted }: AlgorithmTraits,
  rate: number,
  backends: readonly BackendCapacity[],
): string | null {
  const weightOf = (backend: BackendCapacity): number => (weighted ? backend.weight : 1);
  const total = backends.reduce((sum, backend) => sum + weightOf(backend), 0);
  for (const backend of backends) {
    const offered = (rate * weightOf(backend)) / total;
    if (!reaches(offered, backend.perSecond)) continue;
    const share = figure((100 * weightOf(backend)) / total);
    return `backend ${backend.id} is sent ${share} % of the requests, ${figure(offered)}/s, and can serve ${figure(backend.perSecond)}/s`;
  }
  return null;
}

const reaches = (offered: number, capacity: number): boolean => offered >= capacity * (1 - EXACT_ENOUGH);

const figure = (value: number): string => String(Number(value.toPrecision(3)));
