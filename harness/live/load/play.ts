import { performance } from "node:perf_hooks";
import { createRng } from "#kernel/rng.ts";
import { nowNs } from "../../../backends/alarm.ts";
import type { LoadPlan, LoadReport, LoadSummary } from "./plan.ts";
import { createRowWriter } from "./row-writer.ts";
import { createSampler } from "./sampler.ts";
import { createTally, type Flight, type Tally } from "./tally.ts";

const PROGRESS_EVERY_US = 1_000_000;

/** The half of a load model that decides when requests start and carries them; times in microseconds from the window's start. */
export interface Driver {
  /** Starts what is due; returns the instant at which it wants to be called again. */
  release(nowUs: number): number;
  /** True when no request of the window will be started any more. */
  readonly exhausted: boolean;
  /** The flight has timed out: give up its connection. */
  abandon(flight: Flight): void;
  readonly connectionsOpened: number;
  readonly retries: number;
  /** Closes every connection; nothing may be started after. */
  close(): Promise<void>;
}

export interface DriverEnvironment {
  readonly plan: LoadPlan;
  readonly tally: Tally;
  readonly distinctClients: boolean;
  nowUs(): number;
  /** Calls `release` at this instant at the latest: something was planned outside of it. */
  wakeAt(atUs: number): void;
}

/** What the process lends to one trial. */
export interface Stage {
  /** Calls `ring` once at this hrtime instant; replaces an earlier one. */
  setAlarm(atNs: number, ring: () => void): void;
  clearAlarm(): void;
  readonly signal: AbortSignal;
  readonly distinctClients: boolean;
  onProgress(report: Extract<LoadReport, { type: "progress" }>): void;
}

/** Plays one trial to the last response. Rejects when the rows cannot be written; an abort resolves with what was measured. */
export async function play(
  plan: LoadPlan,
  createDriver: (environment: DriverEnvironment) => Driver,
  stage: Stage,
): Promise<LoadSummary> {
  let broken: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    broken = reject;
  });
  // A failure may come when nobody waits for it any more; close() reports it again.
  failure.catch(() => {});
  const rows = await createRowWriter(plan.rowsFile, (error) => broken(error));
  const tally = createTally(rows, plan.traffic.timeout * 1_000);
  const loop = createLoop(plan, tally, createDriver, stage);
  try {
    await Promise.race([loop.done, failure]);
  } finally {
    await loop.stop();
    await rows.close();
  }
  return loop.summary();
}

interface Loop {
  readonly done: Promise<void>;
  stop(): Promise<void>;
  summary(): LoadSummary;
}

function createLoop(
  plan: LoadPlan,
  tally: Tally,
  createDriver: (environment: DriverEnvironment) => Driver,
  stage: Stage,
): Loop {
  const zeroNs = Number(plan.zeroNs);
  const timeoutUs = plan.traffic.timeout * 1_000;
  const durationUs = plan.traffic.duration * 1_000;
  const sampler = createSampler(createRng(plan.seed).fork("in-flight"));
  const utilisation = createUtilisation(durationUs);
  const nowUs = (): number => (nowNs() - zeroNs) / 1_000;
  let progressUs = nowUs() + PROGRESS_EVERY_US;
  let finish: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let stopped = false;
  let alarmUs = Number.POSITIVE_INFINITY;
  const arm = (atUs: number): void => {
    if (stopped) return;
    alarmUs = atUs;
    stage.setAlarm(zeroNs + atUs * 1_000, turn);
  };

  const driver = createDriver({
    plan,
    tally,
    distinctClients: stage.distinctClients,
    nowUs,
    wakeAt: (atUs) => {
      if (atUs < alarmUs) arm(atUs);
    },
  });
  const expire = (now: number): number => {
    for (let flight = tally.oldest(); flight !== null; flight = tally.oldest()) {
      const limitUs = flight.dueUs + timeoutUs;
      if (limitUs > now) return limitUs;
      tally.end(flight, "timeout", limitUs, null);
      driver.abandon(flight);
    }
    return Number.POSITIVE_INFINITY;
  };
  function turn(): void {
    if (stopped) return;
    const now = nowUs();
    const expireUs = expire(now);
    const releaseUs = driver.release(now);
    sampler.take(now, tally.inFlight);
    utilisation.mark(now);
    if (now >= progressUs) {
      progressUs = now + PROGRESS_EVERY_US;
      stage.onProgress({
        type: "progress",
        scheduled: tally.scheduled,
        ended: tally.ended,
        failed: tally.failed,
      });
    }
    if (driver.exhausted && tally.inFlight === 0 && now >= durationUs) finish();
    else arm(Math.min(releaseUs, expireUs, sampler.nextUs, progressUs));
  }
  const abort = (): void => {
    if (stopped) return;
    const now = nowUs();
    for (let flight = tally.oldest(); flight !== null; flight = tally.oldest()) {
      tally.end(flight, "inFlightAtEnd", now, null);
      driver.abandon(flight);
    }
    finish();
  };
  stage.signal.addEventListener("abort", abort, { once: true });
  if (stage.signal.aborted) abort();
  else turn();
  return {
    done,
    async stop() {
      stopped = true;
      stage.clearAlarm();
      stage.signal.removeEventListener("abort", abort);
      await driver.close();
    },
    summary: () => ({
      scheduled: tally.scheduled,
      dropped: tally.count("dropped"),
      inFlightAtEnd: tally.count("inFlightAtEnd"),
      utilisation: utilisation.value(),
      meanInFlight: sampler.integral / durationUs,
      connectionsOpened: driver.connectionsOpened,
      retries: driver.retries,
      distinctClients: stage.distinctClients,
    }),
  };
}

/** Event-loop utilisation from 0 to `durationUs`. The loop sleeps between alarms, so pacing costs next to nothing in it. */
function createUtilisation(durationUs: number): { mark(nowUs: number): void; value(): number } {
  let from: ReturnType<typeof performance.eventLoopUtilization> | null = null;
  let value: number | null = null;
  const since = (): number => (from === null ? 0 : performance.eventLoopUtilization(from).utilization);
  return {
    mark(nowUs) {
      if (nowUs >= 0 && from === null) from = performance.eventLoopUtilization();
      if (nowUs >= durationUs && value === null) value = since();
    },
    value: () => value ?? since(),
  };
}
