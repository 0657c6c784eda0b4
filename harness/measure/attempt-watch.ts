import type { FaultSpec } from "../../backends/faults/fault.ts";
import type { AttemptReport } from "../../balancers/balancer.ts";
import { type AttemptsOfPhase, createAttemptsByPhase } from "./attempts-by-phase.ts";
import { createDetector, type Detection } from "./detection.ts";
import { createReturnDetector, type Return } from "./return.ts";
import { createTimeline, type PhaseName } from "./timeline.ts";

/** Listens to the attempts of a trial for all its faults; memory does not depend on their number. */
export interface AttemptWatch {
  readonly resolutionMs: number;
  readonly add: (report: AttemptReport) => void;
  finish(): SeenAttempts;
}

/** What the attempts say of one fault. */
export type Seen = Detection & Return;

export interface SeenAttempts {
  /** One per fault, in their order. */
  readonly faults: readonly Seen[];
  readonly phases: Readonly<Record<PhaseName, AttemptsOfPhase>>;
}

export interface AttemptWatchOptions {
  readonly faults: readonly FaultSpec[];
  /** Those that the balancer was told, by backend id. */
  readonly weights: ReadonlyMap<number, number>;
  /** Start of the window. */
  readonly zeroNs: bigint;
  readonly durationMs: number;
  readonly resolutionMs: number;
}

export function watchAttempts(options: AttemptWatchOptions): AttemptWatch {
  const { faults, weights, zeroNs, durationMs, resolutionMs } = options;
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const phases = createAttemptsByPhase(createTimeline(faults, durationMs), durationMs);
  const detectors = faults.map(({ backend, at, for: length }) => {
    const fairShare = (weights.get(backend) ?? 0) / total;
    const from = at + length;
    const own = faults.filter((other) => other.backend === backend).map((other) => other.at);
    const until = Math.min(durationMs, ...own.filter((start) => start >= from));
    const calmUntil = Math.min(...own);
    return {
      detection: createDetector({ backend, at, for: length, fairShare, resolutionMs, calmUntil }),
      return: createReturnDetector({ backend, from, until, fairShare }),
    };
  });
  return {
    resolutionMs,
    add(report) {
      const { backend, atNs, count } = report;
      const atMs = Number(atNs - zeroNs) / 1e6;
      // Sent at some time in the resolution before it.
      phases.add(report, atMs - resolutionMs / 2);
      for (const each of detectors) {
        each.detection.add({ backend, atMs, count });
        each.return.add({ backend, atMs, count });
      }
    },
    finish: () => ({
      faults: detectors.map((each) => seenOf(each.detection.finish(), each.return.finish())),
      phases: phases.finish(),
    }),
  };
}

/** Who was not in use before has nothing to return to. */
function seenOf(detection: Detection, back: Return): Seen {
  return detection.detection === "not-in-use"
    ? { ...detection, return: "not-in-use", returnedAfterMs: null }
    : { ...detection, ...back };
}
