/** Real Django against the simulated backend with its profile: the same arrivals, one sync worker, nothing in between. */
import { mean, quantile } from "#kernel/statistics.ts";
import { demandOf, type ServiceProfile, type ViewProfile } from "../../../scenarios/service-profile.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { type Case, judge, unmeasured } from "../../proof/outcome.ts";
import { algorithmOf, playToEnd } from "../../proof/virtual/play-to-end.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import type { DjangoBench, Played } from "./bench.ts";

/** Largest error of mean and p99. */
export const BOUND_SHARE = 0.15;

/** What a stretch of the real server may suffer and still be judged: beyond it the machine is measured, not the model. */
export const LIMITS = {
  /** Of the time that the worker could run, what it waited for a core. */
  disturbed: 0.03,
  steal: 0.02,
  /** Requests sent late, 99th percentile, as a share of what one takes. */
  late: 0.2,
  /** CPU time per request against the profile: another speed is another machine. */
  speed: 0.07,
} as const;

export interface CheckSize {
  readonly loads: readonly number[];
  /** Undisturbed requests per view and load. */
  readonly requests: number;
  /** Length of a stretch, which is judged as a whole. */
  readonly stretchMs: number;
  /** Of a view and load: no stretch begins later. */
  readonly patienceMs: number;
}

export const SIZE: CheckSize = { loads: [0.3, 0.5, 0.7], requests: 1_500, stretchMs: 2_500, patienceMs: 60_000 };

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
  const { profile, view, load, size, signal } = one;
  const scenario = scenarioFor(one);
  const real: number[] = [];
  const simulated: number[] = [];
  const refused = new Map<string, number>();
  const deadline = performance.now() + size.patienceMs;
  let stretches = 0;
  while (real.length < size.requests && performance.now() < deadline) {
    signal.throwIfAborted();
    stretches += 1;
    const played = await bench.play(scenario, stretches, signal);
    if (played.failed > 0)
      return [unmeasured(about(view, load, "mean"), "fails", `${played.failed} requests failed, and nothing was broken`)];
    const strain = strainOf(played, profile, view);
    for (const reason of strain) refused.set(reason, (refused.get(reason) ?? 0) + 1);
    if (strain.length > 0) continue;
    real.push(...played.requests.map(({ latencyMs }) => latencyMs));
    simulated.push(...(await simulate(scenario, stretches, signal)));
  }
  const enough = real.length >= size.requests;
  const strain = enough
    ? []
    : [
        `${real.length} of ${size.requests} requests were undisturbed in ${stretches} stretches: ${[...refused].map(([reason, times]) => `${reason} (${times})`).join(", ")}`,
      ];
  return (["mean", "p99"] as const).map((metric) => {
    const of = (values: readonly number[]): number => (metric === "mean" ? mean(values) : quantile(values, 0.99));
    const theory = enough ? of(simulated) : Number.NaN;
    return judge({
      ...about(view, load, metric),
      unit: "ms",
      theory,
      measured: enough ? of(real) : Number.NaN,
      bound: BOUND_SHARE * theory,
      note: `${real.length} requests`,
      strain,
    });
  });
}

function about(view: ViewProfile, load: number, metric: string): { readonly id: string; readonly title: string } {
  return { id: `live/django/${view.name}/${load}/${metric}`, title: `${view.name} at load ${load}: ${metric}` };
}

/** One simulated worker with the view's profile; the same arrivals are played at the real one. */
function scenarioFor({ profile, view, load, size }: One): Scenario {
  const demand = demandOf(view);
  if (demand.type !== "empirical") throw new Error("a profile has quantiles");
  const service = { ...demand, quantiles: demand.quantiles.map(([p, ms]) => [p, `${ms}ms`]) };
  return scenarioOf({
    name: "check",
    backends: { count: 1 },
    traffic: {
      arrivals: { type: "poisson", load },
      requests: [{ name: view.name, path: pathOf(view), service }],
      warmup: "500ms",
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

function strainOf(played: Played, profile: ServiceProfile, view: ViewProfile): readonly string[] {
  const { disturbed, steal, lateMs, workerCpuMs, served } = played;
  const expectedMs = view.cpu.mean + profile.overhead.worker.mean;
  const speed = workerCpuMs / served / expectedMs - 1;
  return [
    ...(disturbed > LIMITS.disturbed ? ["the worker waited for a core"] : []),
    ...(steal !== null && steal > LIMITS.steal ? ["the hypervisor gave time to others"] : []),
    ...(lateMs > LIMITS.late * view.service.mean + 0.5 ? ["requests were sent late"] : []),
    ...(Math.abs(speed) > LIMITS.speed
      ? [`a request took ${speed > 0 ? "more" : "less"} CPU time than in the profile`]
      : []),
  ];
}
