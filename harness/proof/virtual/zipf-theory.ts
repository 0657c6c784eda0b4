/** A ring of its own, counted from the definition: who owns a key, who comes after, and what hot keys make of that. */
import { hash32 } from "../../../balancers/hash.ts";

/** Of `balancers/hash-ring.ts`. */
const POINTS = 160;

/** Of each key its backends in the order of the ring from it, each once: the first owns the key. */
export type Walks = readonly (readonly number[])[];

/** Share of the requests of key k, from 0, of `keys`: 1/(k + 1) over their sum (Zipf, exponent 1). */
export function zipfShares(keys: number): Float64Array {
  const weights = Float64Array.from({ length: keys }, (_, key) => 1 / (key + 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The points of the algorithms' ring, that is the hashes of `BACKEND-REPLICA`; a key belongs to the first point at or after its own hash. */
export function createWalks(backends: number, keys: readonly string[]): Walks {
  const points = Array.from({ length: backends * POINTS }, (_, at) => {
    const owner = Math.floor(at / POINTS);
    return { owner, hash: hash32(`${owner}-${at % POINTS}`) };
  }).sort((a, b) => a.hash - b.hash || a.owner - b.owner);
  const walks = points.map((_, from) => {
    const met = new Set<number>();
    for (let step = 0; met.size < backends; step++) met.add(points[(from + step) % points.length]!.owner);
    return [...met];
  });
  // Keys and points in one order, once around: no search that could be wrong in the same way as the ring's own.
  const hashes = keys.map(hash32);
  const ascending = Uint32Array.from(keys.keys()).sort((a, b) => hashes[a]! - hashes[b]!);
  const found: (readonly number[])[] = Array.from({ length: keys.length });
  let at = 0;
  for (const key of ascending) {
    while (at < points.length && points[at]!.hash < hashes[key]!) at += 1;
    found[key] = walks[at % points.length]!;
  }
  return found;
}

/** Share of the requests that each backend owns. */
export function ownedShares(walks: Walks, shares: Float64Array, backends: number): Float64Array {
  const owned = new Float64Array(backends);
  for (const [key, walk] of walks.entries()) owned[walk[0]!]! += shares[key]!;
  return owned;
}

/** Request by request to the first backend of its walk that holds less than `factor` times its share, rounded up, of all that were ever given. */
export function playBounded(walks: Walks, keys: Int32Array, backends: number, factor: number): Int32Array {
  const held = new Int32Array(backends);
  return keys.map((key, before) => {
    const bound = Math.ceil((factor * (before + 1)) / backends);
    const chosen = walks[key]!.find((backend) => held[backend]! < bound)!;
    held[chosen]! += 1;
    return chosen;
  });
}

/**
 * Share of the requests that their owner turns away, for infinitely many: what owners would hold beyond `factor` times the mean. Exact where
 * nobody who is full is sent what another turned away (`isChained`); a lower bound elsewhere.
 */
export function turnedAwayShare(owned: Float64Array, factor: number): number {
  const most = factor / owned.length;
  return owned.reduce((sum, share) => sum + Math.max(0, share - most), 0);
}

/** Whether a key of an owner that is full goes on to one that is full too, or that may become so by it. */
export function isChained(walks: Walks, shares: Float64Array, backends: number, factor: number): boolean {
  const most = factor / backends;
  const owned = ownedShares(walks, shares, backends);
  const offered = owned.slice();
  let meetsFull = false;
  for (const [key, walk] of walks.entries()) {
    const [owner, heir] = walk as readonly [number, number];
    if (owned[owner]! <= most) continue;
    meetsFull ||= owned[heir]! > most;
    offered[heir]! += shares[key]! * (1 - most / owned[owner]!);
  }
  return meetsFull || offered.some((share, at) => owned[at]! <= most && share > most);
}
