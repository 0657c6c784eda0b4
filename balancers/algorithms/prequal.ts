import type { Millis } from "#kernel/units.ts";
import type {
  Algorithm,
  AlgorithmDefinition,
  AlgorithmEnvironment,
  BackendIndex,
  Pool,
} from "../algorithm.ts";
import { createBuckets } from "../buckets.ts";

/** The one bucket. */
const MEMBERS = 0;
const MOST_IN_POOL = 16;
/**
 * Probes kept, as a share of the backends. The paper has a hundred and more; with 16 of 20 its reuse rule uses a probe for ever. Mean in the simulator
 * (20 backends, load 0.8, service 10 ms; 1, 8 and 32 balancers): 16 probes 28, 54, 79 ms; half 26, 35, 47; a quarter 18, 22, 28; an eighth 21, 23, 27.
 */
const POOL_SHARE = 1 / 4;
const MOST_AGE_MS: Millis = 1_000;
const PROBES_PER_REQUEST = 3;
const REMOVED_PER_REQUEST = 1;
/** Share of the latest probes up to whose requests in flight a backend is cold. */
const COLD_QUANTILE = 0.84;
/** Latest probes that the quantile is taken over; requests in flight are told apart up to MOST_IN_FLIGHT. */
const HISTORY = 128;
const MOST_IN_FLIGHT = 1_023;
/** How much faster the pool is filled than emptied: the delta of the paper's reuse rule. */
const SURPLUS = 1;

interface Probe {
  readonly backend: BackendIndex;
  readonly latencyMs: Millis;
  readonly at: Millis;
  /** As it was told, and one more for each request that was sent for it. */
  inFlight: number;
  usesLeft: number;
}

/**
 * Hot-cold lexicographic: of the probes in the pool the cold one with the lowest latency, and when all are hot the one with the
 * fewest requests in flight. A pool without a usable probe is no knowledge: then any backend at random.
 */
function create({ rng, size }: AlgorithmEnvironment): Algorithm {
  const members = createBuckets(size);
  const memberCount = (): number => members.sizeOf(MEMBERS);
  const seen = createQuantile();
  const capacity = (): number => Math.max(2, Math.min(MOST_IN_POOL, Math.floor(memberCount() * POOL_SHARE)));
  let pool: Probe[] = [];
  let removesOldest = false;

  const reuse = (): number => {
    const gain = (1 - capacity() / memberCount()) * PROBES_PER_REQUEST - REMOVED_PER_REQUEST;
    const uses = gain > 0 ? Math.max(1, (1 + SURPLUS) / gain) : Number.POSITIVE_INFINITY;
    return Number.isFinite(uses) ? Math.floor(uses) + (rng.next() < uses % 1 ? 1 : 0) : uses;
  };
  const drop = (probe: Probe | undefined): void => {
    if (probe !== undefined) pool.splice(pool.indexOf(probe), 1);
  };
  const fresh = (now: Millis): void => {
    pool = pool.filter(({ at, backend }) => now - at < MOST_AGE_MS && members.of(backend) === MEMBERS);
  };
  /** The oldest and the worst in turn, so that neither stale nor bad ones pile up. */
  const removeOne = (): void => {
    removesOldest = !removesOldest;
    drop(removesOldest ? pool[0] : worst(pool, seen.value()));
  };

  return {
    joined: (backend) => members.put(backend, MEMBERS),
    left: members.take,
    pick(_request, { eligible }: Pool, now) {
      fresh(now);
      const offered =
        eligible.length === memberCount() ? pool : pool.filter(({ backend }) => eligible.includes(backend));
      const chosen = best(offered, seen.value());
      if (chosen === undefined) return eligible[rng.int(eligible.length)]!;
      chosen.inFlight += 1;
      chosen.usesLeft -= 1;
      if (chosen.usesLeft <= 0) drop(chosen);
      return chosen.backend;
    },
    probes() {
      for (let count = 0; count < REMOVED_PER_REQUEST && pool.length > 1; count++) removeOne();
      return members.drawSome(MEMBERS, PROBES_PER_REQUEST, rng);
    },
    probed(backend, { inFlight, latencyMs }, now) {
      seen.add(inFlight);
      drop(pool.find((probe) => probe.backend === backend));
      while (pool.length >= capacity()) pool.shift();
      pool.push({ backend, inFlight, latencyMs, at: now, usesLeft: reuse() });
    },
  };
}

function best(probes: readonly Probe[], coldUpTo: number): Probe | undefined {
  const cold = probes.filter(({ inFlight }) => inFlight <= coldUpTo);
  return cold.length > 0
    ? least(cold, ({ latencyMs }) => latencyMs)
    : least(probes, ({ inFlight }) => inFlight);
}

/** The hot one with the most requests in flight, else the slowest. */
function worst(probes: readonly Probe[], coldUpTo: number): Probe | undefined {
  const hot = probes.filter(({ inFlight }) => inFlight > coldUpTo);
  return hot.length > 0
    ? least(hot, ({ inFlight }) => -inFlight)
    : least(probes, ({ latencyMs }) => -latencyMs);
}

function least(probes: readonly Probe[], of: (probe: Probe) => number): Probe | undefined {
  return probes.reduce<Probe | undefined>(
    (first, probe) => (first === undefined || of(probe) < of(first) ? probe : first),
    undefined,
  );
}

/** COLD_QUANTILE of the latest numbers of requests in flight; infinity before the first. */
function createQuantile(): { add(inFlight: number): void; value(): number } {
  const latest: number[] = [];
  const counts = new Int32Array(MOST_IN_FLIGHT + 1);
  let next = 0;
  return {
    add(inFlight) {
      const capped = Math.min(inFlight, MOST_IN_FLIGHT);
      const oldest = latest[next];
      if (oldest !== undefined) counts[oldest]! -= 1;
      latest[next] = capped;
      counts[capped]! += 1;
      next = (next + 1) % HISTORY;
    },
    value() {
      if (latest.length === 0) return Number.POSITIVE_INFINITY;
      let above = latest.length * COLD_QUANTILE;
      for (let inFlight = 0; inFlight <= MOST_IN_FLIGHT; inFlight++) {
        above -= counts[inFlight]!;
        if (above <= 0) return inFlight;
      }
      return MOST_IN_FLIGHT;
    },
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "prequal",
  summary:
    "Of the backends probed last, the fastest with few requests in flight; when all have many, the one with the fewest.",
  reference:
    "Wydrowski, Kleinberg, Rumble, Archer, Load is not what you should balance: Introducing Prequal (NSDI 2024)",
  family: "by-load",
  weighted: false,
  create,
};
