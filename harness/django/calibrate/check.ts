/** Real Django against the simulated backend with its profile: the same arrivals, one sync worker, nothing in between. */
import { mean, quantile } from "#kernel/statistics.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { demandOf, type ServiceProfile, type ViewProfile } from "../../../scenarios/service-profile.ts";
import { type Case, judge, unmeasured } from "../../proof/outcome.ts";
import { algorithmOf, playToEnd } from "../../proof/virtual/play-to-end.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import type { DjangoBench, Played } from "./bench.ts";
import { correct } from "./corrected.ts";

/** Largest error of mean and p99. */
export const BOUND_SHARE = 0.15;

/** What a stretch of the real server may suffer and still be judged: beyond it the machine is measured, not the model. */
export const LIMITS = {
  steal: 0.05,
  /** Of what the client waits beside queue and work, 99th percentile less median: of that of the latency. */
  hopSpread: 0.15,
  /** CPU time of a request that found a queue against the profile, either way. */
  queuedSpeed: 0.3,
  /** Of one that found the worker idle: caches are cold and the core has slept. */
  idleSpeed: 0.8,
} as const;

export interface CheckSize {
  readonly loads: readonly number[];
  /** Stretches per view and load that can be judged, each with arrivals of its own. */
  readonly stretches: number;
  readonly stretchMs: number;
  /** Of a view and load: no stretch begins later. */
  readonly patienceMs: number;
}

export const SIZE: CheckSize = { loads: [0.3, 0.5, 0.7], stretches: 8, stretchMs: 2_500, patienceMs: 60_000 };

/** Below so many requests nothing is said of a 99th percentile. */
const LEAST = 500;

export interface CheckOptions {
  readonly views: readonly ViewProfile[];
  readonly size: CheckSize;
  readonly signal: AbortSignal;
  onProgress(text: string): void;
  onCases(cases: readonly Case[]): void;
}

/** Two cases, mean and p99, for every view and load. */
export async function checkProfile(
  bench: DjangoBench,
  profile: ServiceProfile,
  { views, size, signal, onProgress, onCases }: CheckOptions,
): Promise<void> {
  for (const view of views)
    for (const load of size.loads) {
      onProgress(`${view.name} at load ${load}`);
      onCases(await checkOne(bench, { profile, view, load, size, signal }));
    }
}

interface One {
  readonly profile: ServiceProfile;
  readonly view: ViewProfile;
  readonly load: number;
  readonly size: CheckSize;
  readonly signal: AbortSignal;
}

async function checkOne(bench: DjangoBench, one: One): Promise<readonly Case[]> {
  const { view, load, size, signal } = one;
  const scenario = scenarioFor(one);
  const pool: Judgeable[] = [];
  const refused = new Map<string, number>();
  const deadline = performance.now() + size.patienceMs;
  for (let stretch = 1; pool.length < size.stretches && performance.now() < deadline; stretch++) {
    signal.throwIfAborted();
    const played = await bench.play(scenario, stretch, signal);
    if (played.failed > 0)
      return [
        unmeasured(
          about(view, load, "mean"),
          "fails",
          `${played.failed} requests failed, and nothing was broken`,
        ),
      ];
    const { strain, ...weighed } = weigh(played, one);
    for (const reason of strain) refused.set(reason, (refused.get(reason) ?? 0) + 1);
    if (strain.length > 0) continue;
    pool.push({ ...weighed, simulated: await simulate(scenario, stretch, signal) });
  }
  const requests = pool.reduce((sum, { real }) => sum + real.length, 0);
  const reasons = [...refused].map(([reason, times]) => `${reason} (${times})`).join(", ");
  const strain = [
    ...(pool.length < size.stretches
      ? [
          `${pool.length} of ${size.stretches} stretches could be judged: ${reasons || "there was no time for more"}`,
        ]
      : []),
    ...(requests < LEAST ? [`${requests} requests are too few for a 99th percentile`] : []),
  ];
  return casesOf(one, pool, strain);
}

/** One stretch of the real server; milliseconds. */
interface Weighed {
  /** Corrected latencies. */
  readonly real: readonly number[];
  readonly asMeasured: readonly number[];
  readonly queuedSpeed: number;
  readonly idleSpeed: number;
  readonly takenMs: number;
}

/** One that can be judged. */
interface Judgeable extends Weighed {
  readonly simulated: readonly number[];
}

function casesOf(
  { view, load }: One,
  pool: readonly Judgeable[],
  strain: readonly string[],
): readonly Case[] {
  const [real, asMeasured, simulated] = (["real", "asMeasured", "simulated"] as const).map((which) =>
    pool.flatMap((each) => each[which]),
  ) as [number[], number[], number[]];
  const isJudged = strain.length === 0;
  return (["mean", "p99"] as const).map((metric) => {
    const of = (values: readonly number[]): number =>
      !isJudged ? Number.NaN : metric === "mean" ? mean(values) : quantile(values, 0.99);
    const theory = of(simulated);
    const speeds = (which: "queuedSpeed" | "idleSpeed"): string =>
      percent(mean(pool.map((each) => each[which]).filter(Number.isFinite)) - 1);
    return judge({
      ...about(view, load, metric),
      unit: "ms",
      theory,
      measured: of(real),
      bound: BOUND_SHARE * theory,
      note: isJudged
        ? `${real.length} requests; as measured ${of(asMeasured).toFixed(2)} ms; CPU time against the profile ${speeds("queuedSpeed")} in a queue, ${speeds("idleSpeed")} at an idle worker`
        : "",
      strain,
    });
  });
}

const percent = (share: number): string => `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)} %`;

function about(
  view: ViewProfile,
  load: number,
  metric: string,
): { readonly id: string; readonly title: string } {
  return {
    id: `live/django/${view.name}/${load}/${metric}`,
    title: `${view.name} at load ${load}: ${metric}`,
  };
}

/** One simulated worker with the view's profile, and the arrivals that are played at the real one. */
function scenarioFor({ profile, view, load, size }: One): Scenario {
  const demand = demandOf(view);
  if (demand.type !== "empirical") throw new Error("a profile has quantiles");
  const service = { ...demand, quantiles: demand.quantiles.map(([p, ms]) => [p, `${ms}ms`]) };
  return scenarioOf({
    name: "check",
    backends: { count: 1 },
    traffic: {
      arrivals: { type: "poisson", load: undefined, rate: (load * 1_000) / view.service.mean },
      requests: [{ name: view.name, path: pathOf(view), service }],
      warmup: "0s",
      duration: `${size.stretchMs}ms`,
      timeout: "30s",
    },
    network: { hop: `${profile.overhead.hop / 2}ms` },
  });
}

/** Something that the view answers: product 7, category 7, a search for a word. */
export function pathOf({ path }: Pick<ViewProfile, "path">): string {
  return path.replace(/:id/, "7").replace(/:\w+/g, "x_7").replace(/=$/, "=blue");
}

async function simulate(scenario: Scenario, seed: number, signal: AbortSignal): Promise<readonly number[]> {
  const latencies: number[] = [];
  await playToEnd(
    { scenario, algorithm: algorithmOf("round-robin"), seed },
    { row: ({ dueUs, endedUs }) => void latencies.push((endedUs - dueUs) / 1_000) },
    signal,
  );
  return latencies;
}

function weigh(
  { requests, diary, steal }: Played,
  { profile, view }: One,
): Weighed & { readonly strain: readonly string[] } {
  const corrected = correct(requests, diary, view.cpu.mean + profile.overhead.worker.mean);
  const { latencyMs, takenMs, hopMs, hopSpreadMs, queuedSpeed, idleSpeed } = corrected;
  const isFar = (speed: number, limit: number): boolean =>
    Number.isFinite(speed) && Math.abs(speed - 1) > limit;
  const strain = [
    ...(steal !== null && steal > LIMITS.steal ? ["the hypervisor gave time to others"] : []),
    ...(hopSpreadMs > LIMITS.hopSpread * quantile(latencyMs, 0.99)
      ? ["the client was kept waiting beside the server"]
      : []),
    ...(isFar(queuedSpeed, LIMITS.queuedSpeed) || isFar(idleSpeed, LIMITS.idleSpeed)
      ? ["the CPU time of a request was not that of the profile"]
      : []),
  ];
  return {
    // Waking up takes longer on a busy machine: beside the server every request has the hop of the profile.
    real: latencyMs.map((ms) => ms - hopMs + profile.overhead.hop),
    asMeasured: requests.map(({ dueMs, endedMs }) => endedMs - dueMs),
    queuedSpeed,
    idleSpeed,
    takenMs,
    strain,
  };
}
