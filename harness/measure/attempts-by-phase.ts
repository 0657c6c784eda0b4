import type { AttemptReport } from "../../balancers/balancer.ts";
import { PHASE_NAMES, type PhaseName, type Timeline } from "./timeline.ts";

export interface AttemptsOfPhase {
  readonly attempts: number;
  /** Null when the balancer does not tell a request's first attempt from the others. */
  readonly retries: number | null;
}

export interface AttemptsByPhase {
  /** `atMs` from the window's start; what lies outside the window is not counted. */
  add(report: Pick<AttemptReport, "count" | "retries">, atMs: number): void;
  finish(): Readonly<Record<PhaseName, AttemptsOfPhase>>;
}

/** Attempts of a window by the phase in which the balancer started them. */
export function createAttemptsByPhase(timeline: Timeline, durationMs: number): AttemptsByPhase {
  const seen = new Map(PHASE_NAMES.map((name) => [name, { attempts: 0, retries: 0 }]));
  let tellsRetries = true;
  return {
    add({ count, retries }, atMs) {
      if (atMs < 0 || atMs >= durationMs) return;
      const phase = seen.get(timeline.phaseAt(atMs)) as { attempts: number; retries: number };
      phase.attempts += count;
      if (retries === undefined) tellsRetries = false;
      else phase.retries += retries;
    },
    finish() {
      const of = (name: PhaseName): AttemptsOfPhase => {
        const { attempts, retries } = seen.get(name) as { attempts: number; retries: number };
        return { attempts, retries: tellsRetries ? retries : null };
      };
      return { before: of("before"), during: of("during"), between: of("between"), after: of("after") };
    },
  };
}
