import type { Algorithm, AlgorithmEnvironment } from "./algorithm.ts";
import { hash32 } from "./hash.ts";
import { byKey } from "./hash-key.ts";

/** Share of a backend has a relative deviation of 1 / sqrt(points): 8 %. */
const POINTS_PER_WEIGHT = 160;
/** A point of 32 bits and an owner fill the 53 bits that a number holds exactly. */
const MOST_OWNERS = 2 ** 21;

/** Algorithms that keep such a ring. */
export const ON_A_RING: readonly string[] = ["bounded-load-hash", "consistent-hash", "consistent-path-hash"];

export const pointsOf = (weight: number): number => Math.max(1, Math.round(weight * POINTS_PER_WEIGHT));

export interface HashRing {
  /** Positions on the ring in ascending order. */
  readonly points: Uint32Array;
  /** The backend of each point. */
  readonly owners: Uint32Array;
  /** Position in `points` of the first at or after the hash, around the ring. */
  firstFrom(hash: number): number;
}

/** 160 points per unit of weight for each backend; depends on nothing but the weights, so all balancers agree on it. */
export function createHashRing(weight: Float64Array): HashRing {
  const counts = Array.from(weight, pointsOf);
  const keys = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let filled = 0;
  for (const [owner, count] of counts.entries()) {
    for (let replica = 0; replica < count; replica++)
      keys[filled++] = hash32(`${owner}-${replica}`) * MOST_OWNERS + owner;
  }
  // One number for point and owner, because objects take ten times as long to sort.
  keys.sort();
  const points = new Uint32Array(filled);
  const owners = new Uint32Array(filled);
  for (let at = 0; at < filled; at++) {
    points[at] = Math.floor(keys[at]! / MOST_OWNERS);
    owners[at] = keys[at]! % MOST_OWNERS;
  }
  return {
    points,
    owners,
    firstFrom(hash) {
      let low = 0;
      let high = points.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (points[middle]! < hash) low = middle + 1;
        else high = middle;
      }
      return low === points.length ? 0 : low;
    },
  };
}

/** The ring of a pool's weights; `changed` says that they may be others now. */
export function createRings(): { changed(): void; of(weight: Float64Array): HashRing } {
  let ring: HashRing | null = null;
  let built = new Float64Array(0);
  let isDoubtful = false;
  return {
    changed() {
      isDoubtful = true;
    },
    of(weight) {
      const isOld = isDoubtful && weight.some((share, backend) => share !== built[backend]);
      isDoubtful = false;
      if (ring !== null && !isOld) return ring;
      built = weight.slice();
      ring = createHashRing(weight);
      return ring;
    },
  };
}

/** The owner of the first point at or after the key. The ring holds all backends whether eligible or not, so that only the keys of one that left move. */
export function onRing({ size, hashKey }: AlgorithmEnvironment): Algorithm {
  const eligibleAt = new Float64Array(size);
  let picks = 0;
  const rings = createRings();
  return {
    joined: rings.changed,
    pick: byKey(hashKey, (key, { eligible, weight }) => {
      const ring = rings.of(weight);
      const { points, owners } = ring;
      let at = ring.firstFrom(hash32(key));
      if (eligible.length === size) return owners[at]!;
      picks++;
      for (const backend of eligible) eligibleAt[backend] = picks;
      while (eligibleAt[owners[at]!] !== picks) at = (at + 1) % points.length;
      return owners[at]!;
    }),
  };
}
