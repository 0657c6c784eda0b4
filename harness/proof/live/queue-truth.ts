/** Single-worker exponential backends behind each balancer, against the replay, the simulator and the formulas. */
import { mean, quantile } from "#kernel/statistics.ts";
import { hasStation } from "../../../scenarios/stations.ts";
import { OUTCOMES } from "../../rows.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { createWork } from "../../traffic/work.ts";
import { type Case, judge, unmeasured } from "../outcome.ts";
import { centralQueueTime, roundRobinTime, singleQueueTime } from "../theory.ts";
import {
  type About,
  againstDraws,
  betweenBounds,
  MEAN_SHARE,
  type Measured,
  requestByRequest,
} from "./against-simulator.ts";
import type { Bench, Played } from "./bench.ts";
import { medianHopUs, type Replayed, replay } from "./replay.ts";

const BACKENDS = 20;
/** Long, so that what a machine shared with others adds by lateness is little beside the bounds. */
const MEAN_MS = 100;
const P99_SHARE = 0.1;

export interface QueueOptions {
  readonly load: number;
  readonly balancers: readonly string[];
  readonly algorithms: readonly string[];
  readonly durationMs: number;
}

/** One scenario, all contestants of it. */
export async function proveQueues(bench: Bench, options: QueueOptions): Promise<readonly Case[]> {
  const { load, balancers, algorithms, durationMs } = options;
  const scenario = scenarioOf({
    name: `queue-${load}`.replace(".", "-"),
    title: `Queues at load ${load}`,
    backends: { count: BACKENDS, service: { type: "exponential", mean: `${MEAN_MS}ms` } },
    traffic: { arrivals: { load }, warmup: "1s", duration: `${durationMs}ms`, timeout: "10s" },
    contestants: { balancers, algorithms },
  });
  const { played, missing } = await bench.play(scenario);
  const cases = missing.map(({ balancer, algorithm, reason }) =>
    unmeasured(aboutOf(balancer, algorithm, load), "n/a", reason),
  );
  for (const each of played) cases.push(...(await judgeQueue(each, load, bench.signal)));
  return cases;
}

const aboutOf = (balancer: string, algorithm: string, load: number): About => ({
  id: `live/queue/${balancer}/${algorithm}/${load}`,
  title: `queues: ${balancer}/${algorithm}, load ${load}`,
});

async function judgeQueue(played: Played, load: number, signal: AbortSignal): Promise<readonly Case[]> {
  const { trial, rows, strain, broken } = played;
  const { name, algorithm } = trial.contestant;
  const about = aboutOf(name, algorithm, load);
  if (broken.length > 0) return [unmeasured(about, "fails", broken.join("; "))];
  // A busy machine may put even a timeout within reach; the replay needs every request.
  const lost = rows.filter(({ outcome }) => OUTCOMES[outcome] !== "ok").length;
  if (lost > 0)
    return [
      judge({
        ...about,
        unit: "failed requests",
        theory: 0,
        measured: lost,
        bound: 0,
        note: "nothing was broken",
        strain,
      }),
    ];
  const { traffic, backends } = trial.scenario;
  if (hasStation(trial.scenario))
    throw new Error("the replay knows queues of single workers that share nothing");
  const works = createWork(traffic, backends.service, trial.seed);
  const replayed = replay(rows, ({ k }) => works.of(k).demandUs);
  const hopMs = medianHopUs(replayed) / 1_000;
  const times = replayed.map(({ latencyUs, lagUs }) => (latencyUs - lagUs) / 1_000 - hopMs);
  const measured: Measured = { about, load, hopMs, times, strain };
  return [
    ...againstReplay(measured, replayed, algorithm),
    ...(algorithm === "round-robin" ? [await requestByRequest(measured, replayed, played, signal)] : []),
    ...(algorithm === "random" ? [await againstDraws(measured, played, signal)] : []),
    ...(algorithm === "least-connections" ? [await betweenBounds(measured, played, signal)] : []),
  ];
}

function againstReplay(
  { about, load, hopMs, times, strain }: Measured,
  replayed: readonly Replayed[],
  algorithm: string,
): readonly Case[] {
  const expected = replayed.map(({ expectedUs }) => expectedUs / 1_000);
  const [meanMs, p99Ms] = [mean(expected), quantile(expected, 0.99)];
  const hop = `hop ${hopMs.toFixed(2)} ms subtracted`;
  return [
    judge({
      id: `${about.id}/mean`,
      title: `${about.title}: mean against the replay`,
      unit: "ms",
      theory: meanMs,
      measured: mean(times),
      bound: MEAN_SHARE * meanMs,
      note: `${hop}; plain: ${plain(algorithm, load, times)}`,
      strain,
    }),
    judge({
      id: `${about.id}/p99`,
      title: `${about.title}: p99 against the replay`,
      unit: "ms",
      theory: p99Ms,
      measured: quantile(times, 0.99),
      bound: P99_SHARE * p99Ms,
      note: hop,
      strain,
    }),
  ];
}

/** The comparison without replay: what the formula says, and how little seconds of traffic can say about it. */
function plain(algorithm: string, load: number, times: readonly number[]): string {
  const perBackend = times.length / BACKENDS / load;
  const width = 1.96 * Math.sqrt((2 * (1 + load)) / (load * (1 - load) ** 2 * perBackend * BACKENDS));
  const [central, round, single] = [
    centralQueueTime(BACKENDS, load),
    roundRobinTime(BACKENDS, load),
    singleQueueTime(load),
  ].map((time) => (time * MEAN_MS).toFixed(1)) as [string, string, string];
  const formula =
    algorithm === "random"
      ? `${single} ms (M/M/1)`
      : algorithm === "round-robin"
        ? `${round} ms (GI/M/1)`
        : `${central} to ${round} ms`;
  return `${mean(times).toFixed(1)} ms, formula ${formula}, +-${(100 * width).toFixed(0)} % expected`;
}
