/** How evenly the hashes spread clients, and that bounded load keeps its bound, played by the simulator. */
import type { Scenario } from "../../../scenarios/scenario.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { type Case, judge } from "../outcome.ts";
import { ringDeviation } from "../theory.ts";
import type { Effort } from "./play-case.ts";
import { algorithmOf, playToEnd } from "./play-to-end.ts";

/** Of `balancers/hash-ring.ts`. */
const POINTS = 160;
/** More than loopback has addresses: the simulator binds none. */
const CLIENTS = 4_000_000;
const REQUESTS = 1_000_000;

/** Relative standard deviation of the requests that each of `backends` got. */
async function deviation(
  algorithm: string,
  backends: number,
  requests: number,
  { seed, signal }: Effort,
): Promise<number> {
  const load = 0.1;
  const { traffic, ...rest } = scenarioOf({
    backends: { count: backends, service: { type: "constant", value: "10ms" } },
    traffic: {
      arrivals: { type: "constant", load },
      warmup: "0ms",
      duration: `${(10 * requests) / (backends * load)}ms`,
      timeout: "1000s",
    },
  });
  const counts = new Float64Array(backends);
  const scenario: Scenario = { ...rest, traffic: { ...traffic, clients: CLIENTS } };
  const attempt = (backend: number): void => {
    counts[backend - 1]! += 1;
  };
  await playToEnd({ scenario, algorithm: algorithmOf(algorithm), seed }, { attempt }, signal);
  const mean = requests / backends;
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  return Math.sqrt(squares / backends) / mean;
}

/** Deviation of the shares themselves; the luck of c clients and of m requests adds (n - 1)(1/c + 1/m) to its square. */
const SHARES = [
  {
    algorithm: "consistent-hash",
    backends: [100, 1_000],
    of: (backends: number) => ringDeviation(backends, POINTS),
    note: "ring of 160 points each: sqrt((n - 1)/(160 n + 1)), and (n - 1)(1/c + 1/m) for c clients, m requests",
  },
  {
    algorithm: "maglev",
    backends: [10, 100, 1_000],
    // The slots of a table differ by one at most: the deviation of a fraction f of them is sqrt(f (1 - f)) slots.
    of: (backends: number) => {
      const slots = 65_537 / backends;
      const f = slots % 1;
      return Math.sqrt(f * (1 - f)) / slots;
    },
    note: "65,537 slots: shares differ by one slot at most, and (n - 1)(1/c + 1/m) for c clients, m requests",
  },
  {
    algorithm: "rendezvous",
    backends: [10, 100],
    of: () => 0,
    note: "even but for luck: (n - 1)(1/c + 1/m) for c clients, m requests",
  },
] as const;

export async function proveBalance(effort: Effort): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const { algorithm, backends: sizes, of, note } of SHARES) {
    for (const backends of sizes) {
      const requests = Math.max(100_000, Math.ceil((REQUESTS * effort.effort) / backends) * backends);
      const theory = Math.sqrt(of(backends) ** 2 + (backends - 1) * (1 / requests + 1 / CLIENTS));
      const value = await deviation(algorithm, backends, requests, effort);
      // A deviation from n values has a relative standard error of 1 / sqrt(2 (n - 1)).
      const error = theory / Math.sqrt(2 * (backends - 1));
      const about = {
        id: `simulation/balance-${algorithm}-${backends}`,
        title: `${algorithm}: evenness over ${backends}`,
        unit: "relative deviation",
      };
      cases.push(judge({ ...about, theory, measured: value, bound: 3 * error, standardError: error, note }));
    }
  }
  return [...cases, await proveBound(effort)];
}

const FACTOR = 1.25;
const BOUND_BACKENDS = 10;
const BOUND_SECONDS = 600;

/** Few clients and a high load: without the bound one backend would hold most of what is in flight. */
async function proveBound({ effort, seed, signal }: Effort): Promise<Case> {
  const scenario = scenarioOf({
    backends: { count: BOUND_BACKENDS },
    traffic: {
      clients: 12,
      arrivals: { load: 0.8 },
      warmup: "0ms",
      duration: `${Math.ceil(BOUND_SECONDS * effort)}s`,
      timeout: "1000s",
    },
  });
  const held = new Int32Array(BOUND_BACKENDS);
  let total = 0;
  let beyond = 0;
  const listener = {
    attempt(backend: number) {
      held[backend - 1]! += 1;
      total += 1;
      if (held[backend - 1]! > Math.ceil((FACTOR * total) / BOUND_BACKENDS)) beyond += 1;
    },
    row({ backend }: { readonly backend: number }) {
      held[backend - 1]! -= 1;
      total -= 1;
    },
  };
  await playToEnd({ scenario, algorithm: algorithmOf("bounded-load-hash"), seed }, listener, signal);
  return judge({
    id: "simulation/bounded-load",
    title: `bounded-load-hash: picks beyond 1.25 times the share, 12 clients over ${BOUND_BACKENDS}`,
    unit: "picks",
    theory: 0,
    measured: beyond,
    bound: 0,
    note: "in flight <= ceil(1.25 m/n), always (Mirrokni et al. 2018)",
  });
}
