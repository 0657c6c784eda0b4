import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment, BackendIndex } from "../algorithm.ts";
import { hash32 } from "../hash.ts";

/** Share of a backend has a relative deviation of 1 / sqrt(points): 8 %. */
const POINTS_PER_WEIGHT = 160;

interface Ring {
  readonly points: Uint32Array;
  readonly owners: Uint32Array;
}

/**
 * The ring holds all backends whether eligible or not, so that only the keys of one that left move; it depends on
 * nothing but the weights at the first pick, so all balancers agree on it.
 */
function create({ size }: AlgorithmEnvironment): Algorithm {
  const eligibleAt = new Float64Array(size);
  let picks = 0;
  let ring: Ring | null = null;
  return {
    pick({ clientAddress }, { eligible, weight }) {
      ring ??= createRing(weight);
      const { points, owners } = ring;
      let at = firstFrom(points, hash32(clientAddress));
      if (eligible.length === size) return owners[at]!;
      picks++;
      for (const backend of eligible) eligibleAt[backend] = picks;
      while (eligibleAt[owners[at]!] !== picks) at = (at + 1) % points.length;
      return owners[at]!;
    },
  };
}

function createRing(weight: Float64Array): Ring {
  const all: { readonly point: number; readonly owner: BackendIndex }[] = [];
  for (const [owner, share] of weight.entries()) {
    const count = Math.max(1, Math.round(share * POINTS_PER_WEIGHT));
    for (let replica = 0; replica < count; replica++)
      all.push({ point: hash32(`${owner}-${replica}`), owner });
  }
  all.sort((a, b) => a.point - b.point || a.owner - b.owner);
  return {
    points: Uint32Array.from(all, ({ point }) => point),
    owners: Uint32Array.from(all, ({ owner }) => owner),
  };
}

/** Position of the first point at or after `hash`, around the ring. */
function firstFrom(points: Uint32Array, hash: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle]! < hash) low = middle + 1;
    else high = middle;
  }
  return low === points.length ? 0 : low;
}

export const algorithm: AlgorithmDefinition = {
  name: "consistent-hash",
  summary:
    "By client address on a ring of 160 points per unit of weight: only the clients of a backend that leaves move.",
  reference:
    "Karger et al., Consistent Hashing and Random Trees (1997); libketama; NGINX, hash ... consistent",
  family: "by-key",
  weighted: true,
  create,
};
