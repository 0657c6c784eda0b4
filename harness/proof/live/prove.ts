import type { Availability } from "../../../balancers/balancer.ts";
import { withReasons } from "../../find-balancers.ts";
import { type Case, postponed, unmeasured } from "../outcome.ts";
import { type Bench, openBench } from "./bench.ts";
import { proveNull } from "./null-test.ts";
import { proveQueues } from "./queue-truth.ts";
import { proveRecorder } from "./recorder.ts";
import { proveStall } from "./stall.ts";
import { proveTimetable } from "./timetable.ts";

/** How long the parts of a live proof are; milliseconds. */
export interface LiveSize {
  readonly timetableMs: number;
  readonly stallMs: number;
  readonly stallWindowMs: number;
  readonly queueMs: number;
  readonly loads: readonly number[];
  readonly algorithms: readonly string[];
  /** Whether every balancer is stalled, or one. */
  readonly stallsAll: boolean;
  readonly recorderMs: number;
  readonly nullMs: number;
  /** For playing once more what the machine disturbed. */
  readonly patienceMs: number;
}

export const FULL: LiveSize = {
  timetableMs: 40_000,
  stallMs: 1_000,
  stallWindowMs: 20_000,
  queueMs: 8_000,
  loads: [0.5, 0.7],
  algorithms: ["random", "round-robin", "least-connections"],
  stallsAll: true,
  recorderMs: 2_000,
  nullMs: 5_000,
  patienceMs: 45_000,
};

export const QUICK: LiveSize = {
  timetableMs: 2_000,
  stallMs: 400,
  stallWindowMs: 4_000,
  queueMs: 1_500,
  loads: [0.5],
  algorithms: ["round-robin", "least-connections"],
  stallsAll: false,
  recorderMs: 600,
  nullMs: 1_000,
  patienceMs: 5_000,
};

export interface LiveOptions {
  readonly size: LiveSize;
  readonly found: ReadonlyMap<string, Availability>;
  readonly only: string;
  readonly signal: AbortSignal;
  /** No part begins after this instant of `performance.now()`. */
  readonly untilMs: number;
  onProgress(text: string): void;
  onCases(cases: readonly Case[]): void;
}

const ALL = ["nginx", "haproxy", "builtin"];

interface Step {
  readonly id: string;
  readonly title: string;
  prove(bench: Bench): Promise<readonly Case[]>;
}

/** `one` is the balancer of the parts that are not about balancers. */
function stepsOf(size: LiveSize, one: string): readonly Step[] {
  const queues = size.loads.flatMap((load) =>
    ALL.map((balancer) => ({
      id: `live/queue/${balancer}/${load}`,
      title: `queues: ${balancer}, load ${load}`,
      prove: (bench: Bench) =>
        proveQueues(bench, {
          load,
          balancers: [balancer],
          algorithms: size.algorithms,
          durationMs: size.queueMs,
        }),
    })),
  );
  return [
    {
      id: "live/timetable",
      title: "timetable",
      prove: (bench) => proveTimetable(bench, { balancers: [one], durationMs: size.timetableMs }),
    },
    {
      id: "live/recorder",
      title: "recorder",
      prove: (bench) => proveRecorder(bench, { durationMs: size.recorderMs }),
    },
    {
      id: "live/stall",
      title: "stall",
      prove: (bench) =>
        proveStall(bench, {
          balancers: size.stallsAll ? ALL : [one],
          durationMs: size.stallWindowMs,
          stallMs: size.stallMs,
        }),
    },
    ...queues,
    {
      id: "live/null",
      title: "null test",
      prove: (bench) => proveNull(bench, { balancer: one, durationMs: size.nullMs }),
    },
  ];
}

/** Whether any part has `only` in its name. */
export function hasLivePart(only: string): boolean {
  return stepsOf(FULL, "builtin").some(({ id }) => id.includes(only));
}

/** Plays the parts whose name contains `only`. What ends one part is its failure, and the others are played all the same. */
export async function proveLive(options: LiveOptions): Promise<void> {
  const { size, found, only, signal, untilMs, onProgress, onCases } = options;
  const balancers = withReasons(found);
  const one = found.get("nginx")?.available === true ? "nginx" : "builtin";
  const bench = openBench({ balancers, signal, patienceMs: size.patienceMs, onProgress });
  try {
    for (const step of stepsOf(size, one)) {
      if (!step.id.includes(only)) continue;
      if (performance.now() > untilMs) {
        onCases([postponed(step, "no time was left: what came before took longer than it should")]);
        continue;
      }
      onCases(
        await step.prove(bench).catch((error: unknown) => {
          if (signal.aborted) throw error;
          return [unmeasured(step, "fails", error instanceof Error ? error.message : String(error))];
        }),
      );
    }
  } finally {
    await bench.close();
  }
}
