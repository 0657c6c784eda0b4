import type {
  Algorithm,
  AlgorithmDefinition,
  AlgorithmEnvironment,
  BackendIndex,
  Pool,
} from "../algorithm.ts";
import { hash32 } from "../hash.ts";
import { byKey } from "../hash-key.ts";
import { createRings } from "../hash-ring.ts";

/** No backend holds more than this multiple of its share of all requests in flight, rounded up (HAProxy's advice: 1.25 to 2). */
const BALANCE_FACTOR = 1.25;

interface Offer {
  readonly backends: readonly BackendIndex[];
  readonly isOffered: Uint8Array;
  readonly weight: number;
}

/** On from the owner of the key around the ring to the first backend that is below its bound; one always is, because the bounds add up to more than is in flight. */
function create({ size, hashKey }: AlgorithmEnvironment): Algorithm {
  const inflight = new Int32Array(size);
  const isMember = new Uint8Array(size);
  let members = 0;
  /** Requests in flight at members. */
  let total = 0;
  const rings = createRings();
  let all: Offer | null = null;

  const offerOf = ({ eligible, weight }: Pool): Offer => {
    const isOffered = new Uint8Array(size);
    let sum = 0;
    for (const backend of eligible) {
      isOffered[backend] = 1;
      sum += weight[backend]!;
    }
    return { backends: eligible, isOffered, weight: sum };
  };
  const enrol = (backend: BackendIndex, change: 1 | -1): void => {
    isMember[backend] = change === 1 ? 1 : 0;
    members += change;
    total += change * inflight[backend]!;
    all = null;
  };
  const count = (backend: BackendIndex, change: 1 | -1): void => {
    inflight[backend]! += change;
    if (isMember[backend]) total += change;
  };

  return {
    joined(backend) {
      rings.changed();
      enrol(backend, 1);
    },
    left: (backend) => enrol(backend, -1),
    started: (backend) => count(backend, 1),
    finished: ({ backend }) => count(backend, -1),
    pick: byKey(hashKey, (key, pool) => {
      const ring = rings.of(pool.weight);
      const isRetry = pool.eligible.length !== members;
      if (!isRetry) all ??= offerOf(pool);
      const offer = isRetry || all === null ? offerOf(pool) : all;
      const held = isRetry ? offer.backends.reduce((sum, backend) => sum + inflight[backend]!, 0) : total;
      const perWeight = (BALANCE_FACTOR * (held + 1)) / offer.weight;
      const { points, owners } = ring;
      let at = ring.firstFrom(hash32(key));
      for (;;) {
        const owner = owners[at]!;
        if (offer.isOffered[owner] && inflight[owner]! < Math.ceil(perWeight * pool.weight[owner]!))
          return owner;
        at = at + 1 === points.length ? 0 : at + 1;
      }
    }),
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "bounded-load-hash",
  summary:
    "By the key on the ring, but on to the next backend where one would hold more than 1.25 times its share.",
  reference: "Mirrokni, Thorup, Zadimoghaddam, Consistent Hashing with Bounded Loads (2018)",
  family: "by-key",
  weighted: true,
  create,
};
