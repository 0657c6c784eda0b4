/** The whole target stands still for a while: every backend is stopped (SIGSTOP) at the same instant. */
import { mean, median, quantile } from "#kernel/statistics.ts";
import type { Row } from "../../rows.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { type Case, judge, unmeasured } from "../outcome.ts";
import { type Stall, stallMean, stallQuantile } from "../theory.ts";
import type { Bench, Played } from "./bench.ts";

const BACKENDS = 2;
const SERVICE_MS = 2;
const RATE = 250;
/** Of the stall, but at least so many ms. */
const QUANTILE_SHARE = 0.01;
const QUANTILE_MS = 5;
const MEAN_SHARE = 0.03;
/** Of what is due in a stall, lateness of a request is part of its wait and moves no quantile by more than itself. */
const HARMLESS_LAG_MS = QUANTILE_MS;

export interface StallOptions {
  readonly balancers: readonly string[];
  readonly durationMs: number;
  readonly stallMs: number;
}

export async function proveStall(bench: Bench, options: StallOptions): Promise<readonly Case[]> {
  const { balancers, durationMs, stallMs } = options;
  const fault = { type: "pause", at: `${Math.round(durationMs * 0.3)}ms`, for: `${stallMs}ms` };
  const scenario = scenarioOf({
    name: "stall",
    title: "The whole target stands still",
    backends: { count: BACKENDS, service: { type: "constant", value: `${SERVICE_MS}ms` } },
    traffic: {
      arrivals: { type: "constant", rate: RATE },
      warmup: "1s",
      duration: `${durationMs}ms`,
      timeout: "10s",
    },
    contestants: { balancers, algorithms: ["round-robin"] },
    faults: Array.from({ length: BACKENDS }, (_, at) => ({ ...fault, backend: at + 1 })),
  });
  const { played, missing } = await bench.play(scenario, { harmlessLagMs: HARMLESS_LAG_MS });
  return [
    ...missing.map(({ balancer, reason }) => unmeasured(aboutOf(balancer), "n/a", reason)),
    ...played.flatMap(judgePlayed),
  ];
}

const aboutOf = (balancer: string): { readonly id: string; readonly title: string } => ({
  id: `live/stall/${balancer}`,
  title: `stall: ${balancer}`,
});

function judgePlayed({ trial, record, rows, strain, broken }: Played): readonly Case[] {
  const about = aboutOf(trial.contestant.name);
  if (broken.length > 0) return [unmeasured(about, "fails", broken.join("; "))];
  const lifted = record.faults.map(({ liftedAt }) => liftedAt);
  const fromMs = trial.scenario.faults[0]?.at ?? Number.NaN;
  // What a backend works on stands still from the planned instant to the one at which it was really let go.
  const untilMs = Math.max(...lifted.map((at) => at ?? Number.NaN));
  return judgeStall(about, rows, { fromMs, untilMs, durationMs: trial.scenario.traffic.duration }, strain);
}

interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly durationMs: number;
}

/** p99, p99.9 and mean of `rows` against the formula; the base is what requests took that were due well outside of the stall. */
export function judgeStall(
  about: { readonly id: string; readonly title: string },
  rows: readonly Row[],
  { fromMs, untilMs, durationMs }: Window,
  strain: readonly string[],
): readonly Case[] {
  const stallMs = untilMs - fromMs;
  const load = (RATE * SERVICE_MS) / 1_000 / BACKENDS;
  const drainedMs = untilMs + (2 * stallMs * load) / (1 - load) + 100;
  const latencyMs = (row: Row): number => (row.endedUs - row.dueUs) / 1_000;
  const outside = rows
    .filter(({ dueUs }) => dueUs < (fromMs - 100) * 1_000 || dueUs > drainedMs * 1_000)
    .map(latencyMs);
  const all = rows.map(latencyMs);
  const stall: Stall = { stallMs, durationMs, baseMs: median(outside), load };
  const note = `S = ${stallMs.toFixed(1)} ms as recorded, D = ${durationMs / 1_000} s, rho = ${load}, b = ${stall.baseMs.toFixed(2)} ms`;
  const bound = Math.max(QUANTILE_SHARE * stallMs, QUANTILE_MS);
  const meanMs = stallMean({ ...stall, baseMs: mean(outside) });
  return [
    ...([0.99, 0.999] as const).map((p) =>
      judge({
        id: `${about.id}/p${100 * p}`,
        title: `${about.title}: p${100 * p}`,
        unit: "ms",
        theory: stallQuantile(stall, p),
        measured: quantile(all, p),
        bound,
        note,
        strain,
      }),
    ),
    judge({
      id: `${about.id}/mean`,
      title: `${about.title}: mean`,
      unit: "ms",
      theory: meanMs,
      measured: mean(all),
      bound: MEAN_SHARE * meanMs,
      note,
      strain,
    }),
  ];
}
