/** Hot keys: paths weighted 1/k, the same requests on the plain ring and on the ring with bounded load. */

import type { Scenario } from "../../../scenarios/scenario.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { createWork } from "../../traffic/work.ts";
import { type Case, judge } from "../outcome.ts";
import type { Effort } from "./play-case.ts";
import { algorithmOf, playToEnd } from "./play-to-end.ts";
import {
  createWalks,
  ownedShares,
  playBounded,
  turnedAwayShare,
  type Walks,
  zipfShares,
} from "./zipf-theory.ts";

const KEYS = 100_000;
const BACKENDS = 10;
const REQUESTS = 1_000_000;
const LEAST_REQUESTS = 100_000;
/** Of `balancers/algorithms/bounded-load-hash.ts`. */
const FACTOR = 1.25;
const ERRORS = 3;

/** Here no overloaded backend is sent what another one turned away: what spills is what is beyond the bound and nothing else. */
const APART = "/shop-14";
/** Here several of them follow one another on the ring. */
const CHAINED = "/shop-6";

interface Setting {
  readonly scenario: Scenario;
  readonly walks: Walks;
  readonly shares: Float64Array;
  /** Key of each request, in the order in which they come. */
  readonly keys: Int32Array;
}

/** The first answer comes after the last request: what a backend holds is what it was ever given. */
function createSetting(folder: string, { effort, seed }: Effort): Setting {
  const requests = Math.max(LEAST_REQUESTS, Math.ceil(REQUESTS * effort));
  const { traffic, ...rest } = scenarioOf({
    backends: { count: BACKENDS, service: { type: "constant", value: "2s" } },
    traffic: {
      arrivals: { type: "constant", rate: requests },
      warmup: "0ms",
      duration: "1s",
      timeout: "10000000s",
    },
    contestants: { hashKey: "path" },
  });
  const page = traffic.requests[0]!;
  const paths = Array.from({ length: KEYS }, (_, key) => `${folder}/${key + 1}`);
  const mix = paths.map((path, key) => ({ ...page, path, weight: 1 / (key + 1) }));
  const scenario: Scenario = { ...rest, traffic: { ...traffic, requests: mix } };
  const work = createWork(scenario.traffic, scenario.backends.service, seed);
  return {
    scenario,
    walks: createWalks(BACKENDS, paths),
    shares: zipfShares(KEYS),
    keys: Int32Array.from({ length: requests }, (_, k) => work.of(k).type),
  };
}

/** Backend of each request, from 0. */
async function choose(
  { scenario, keys }: Setting,
  algorithm: string,
  { seed, signal }: Effort,
): Promise<Int32Array> {
  const chosen = new Int32Array(keys.length);
  let sent = 0;
  const attempt = (backend: number): void => {
    chosen[sent++] = backend - 1;
  };
  await playToEnd({ scenario, algorithm: algorithmOf(algorithm), seed }, { attempt }, signal);
  if (sent !== keys.length) throw new Error(`${sent} attempts of ${keys.length} requests`);
  return chosen;
}

export async function proveZipf(effort: Effort): Promise<readonly Case[]> {
  const apart = createSetting(APART, effort);
  const chained = createSetting(CHAINED, effort);
  const plain = await choose(apart, "consistent-hash", effort);
  const bounded = await choose(apart, "bounded-load-hash", effort);
  return [
    judgePlain(apart, plain),
    judgeOwners(apart, plain),
    judgeFullestBounded(bounded),
    judgeBeyond(bounded),
    judgeSpill(apart, bounded),
    judgePicks("apart", apart, bounded),
    judgePicks("chained", chained, await choose(chained, "bounded-load-hash", effort)),
  ];
}

const largest = (values: Float64Array | Int32Array): number => Math.max(...values);

function countsOf(chosen: Int32Array): Int32Array {
  const counts = new Int32Array(BACKENDS);
  for (const backend of chosen) counts[backend]! += 1;
  return counts;
}

function judgePlain({ walks, shares }: Setting, chosen: Int32Array): Case {
  const share = largest(ownedShares(walks, shares, BACKENDS));
  const standardError = BACKENDS * Math.sqrt((share * (1 - share)) / chosen.length);
  return judge({
    id: "simulation/zipf-ring",
    title: `consistent-hash: fullest of ${BACKENDS}, paths weighted 1/k`,
    unit: "max/mean",
    theory: share * BACKENDS,
    measured: (largest(countsOf(chosen)) / chosen.length) * BACKENDS,
    bound: ERRORS * standardError,
    standardError,
    note: `exact: weights of the keys of each owner, ${KEYS} keys`,
  });
}

function judgeOwners({ walks, keys }: Setting, chosen: Int32Array): Case {
  return judge({
    id: "simulation/zipf-owners",
    title: "consistent-hash: requests that did not go to the owner of their key",
    unit: "requests",
    theory: 0,
    measured: awayFromOwner(walks, keys, chosen),
    bound: 0,
    note: "owners by a second program",
  });
}

const awayFromOwner = (walks: Walks, keys: Int32Array, chosen: Int32Array): number =>
  chosen.reduce((sum, backend, k) => sum + (backend === walks[keys[k]!]![0] ? 0 : 1), 0);

/** The hottest is beyond its bound without it, so that it is held right there. */
function judgeFullestBounded(chosen: Int32Array): Case {
  const mean = chosen.length / BACKENDS;
  return judge({
    id: "simulation/zipf-bounded",
    title: `bounded-load-hash: fullest of ${BACKENDS}, the same requests`,
    unit: "max/mean",
    theory: Math.ceil(FACTOR * mean) / mean,
    measured: largest(countsOf(chosen)) / mean,
    // One request and rounding: the bound may have grown for the very last one, which went elsewhere.
    bound: 1.01 / mean,
    note: "ceil(1.25 m/n) (Mirrokni et al. 2018)",
  });
}

function judgeBeyond(chosen: Int32Array): Case {
  const held = new Int32Array(BACKENDS);
  let beyond = 0;
  for (const [before, backend] of chosen.entries()) {
    held[backend]! += 1;
    if (held[backend]! > Math.ceil((FACTOR * (before + 1)) / BACKENDS)) beyond += 1;
  }
  return judge({
    id: "simulation/zipf-beyond",
    title: "bounded-load-hash: picks beyond the bound, the same requests",
    unit: "picks",
    theory: 0,
    measured: beyond,
    bound: 0,
    note: "in flight <= ceil(1.25 m/n), at every pick",
  });
}

function judgeSpill({ walks, shares, keys }: Setting, chosen: Int32Array): Case {
  const owned = ownedShares(walks, shares, BACKENDS);
  const hot = owned.reduce((sum, share) => sum + (share > FACTOR / BACKENDS ? share : 0), 0);
  const standardError = Math.sqrt((hot * (1 - hot)) / keys.length);
  return judge({
    id: "simulation/zipf-spill",
    title: "bounded-load-hash: requests that their owner turned away",
    unit: "share",
    theory: turnedAwayShare(owned, FACTOR),
    measured: awayFromOwner(walks, keys, chosen) / keys.length,
    bound: ERRORS * standardError,
    standardError,
    note: "sum of what owners would hold beyond 1.25/n; no owner that is full is sent what another turned away",
  });
}

function judgePicks(name: string, { walks, keys }: Setting, chosen: Int32Array): Case {
  const expected = playBounded(walks, keys, BACKENDS, FACTOR);
  return judge({
    id: `simulation/zipf-picks-${name}`,
    title: `bounded-load-hash: picks unlike those of a second program, full owners ${name}`,
    unit: "picks",
    theory: 0,
    measured: chosen.reduce((sum, backend, k) => sum + (backend === expected[k] ? 0 : 1), 0),
    bound: 0,
    note: `${keys.length} requests`,
  });
}
