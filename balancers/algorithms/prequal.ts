import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type {
  Algorithm,
  AlgorithmDefinition,
  AlgorithmEnvironment,
  BackendIndex,
  Pool,
} from "../algorithm.ts";

const MOST_IN_POOL = 16;
/** Probes kept, as a share of the backends: the paper has a hundred and more, and near as many probes as backends its reuse rule would use one for ever. */
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
  const members = createMembers(size);
  const seen = createQuantile();
  const capacity = (): number => Math.max(2, Math.min(MOST_IN_POOL, Math.floor(members.count * POOL_SHARE)));
  let pool: Probe[] = [];
  let removesOldest = false;

  const reuse = (): number => {
    const gain = (1 - capacity() / members.count) * PROBES_PER_REQUEST - REMOVED_PER_REQUEST;
    const uses = gain > 0 ? Math.max(1, (1 + SURPLUS) / gain) : Number.POSITIVE_INFINITY;
    return Number.isFinite(uses) ? Math.floor(uses) + (rng.next() < uses % 1 ? 1 : 0) : uses;
  };
  const drop = (probe: Probe | undefined): void => {
    if (probe !== undefined) pool.splice(pool.indexOf(probe), 1);
  };
  const fresh = (now: Millis): void => {
    pool = pool.filter(({ at, backend }) => now - at < MOST_AGE_MS && members.has(backend));
  };
  /** The oldest and the worst in turn, so that neither stale nor bad ones pile up. */
  const removeOne = (): void => {
    removesOldest = !removesOldest;
    drop(removesOldest ? pool[0] : worst(pool, seen.value()));
  };

  return {
    joined: members.add,
    left: members.remove,
    pick(_request, { eligible }: Pool, now) {
      fresh(now);
      const offered =
        eligible.length === members.count ? pool : pool.filter(({ backend }) => eligible.includes(backend));
      const chosen = best(offered, seen.value());
      if (chosen === undefined) return eligible[rng.int(eligible.length)]!;
      chosen.inFlight += 1;
      chosen.usesLeft -= 1;
      if (chosen.usesLeft <= 0) drop(chosen);
      return chosen.backend;
    },
    probes() {
      for (let count = 0; count < REMOVED_PER_REQUEST && pool.length > 1; count++) removeOne();
      return members.draw(PROBES_PER_REQUEST, rng);
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

/** Who is eligible, of whom some different ones can be drawn without a look at the others. */
function createMembers(size: number) {
  const list: BackendIndex[] = [];
  const position = new Int32Array(size).fill(-1);
  const swap = (a: number, b: number): void => {
    const [first, second] = [list[a]!, list[b]!];
    list[a] = second;
    list[b] = first;
    position[second] = a;
    position[first] = b;
  };
  return {
    get count() {
      return list.length;
    },
    has: (backend: BackendIndex): boolean => position[backend] !== -1,
    add(backend: BackendIndex): void {
      position[backend] = list.length;
      list.push(backend);
    },
    remove(backend: BackendIndex): void {
      swap(position[backend]!, list.length - 1);
      list.pop();
      position[backend] = -1;
    },
    draw(count: number, rng: Rng): readonly BackendIndex[] {
      const drawn = Math.min(count, list.length);
      for (let at = 0; at < drawn; at++) swap(at, at + rng.int(list.length - at));
      return list.slice(0, drawn);
    },
  };
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
