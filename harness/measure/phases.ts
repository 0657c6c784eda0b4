import type { Impact, PhaseRecord } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import type { AttemptsOfPhase } from "./attempts-by-phase.ts";
import { createSpread, type Spread } from "./spread.ts";
import { PHASE_NAMES, type PhaseName, type Timeline } from "./timeline.ts";

/** What a scenario asks for, so that failures and slow answers can be counted against it. */
export interface ServiceLevel {
  /** Share of requests that should succeed. */
  readonly availability: number;
  readonly latencyMs: number;
}

export interface PhaseBuilder {
  readonly visit: (row: Row) => void;
  /** Null attempts: not visible. */
  finish(
    attempts: Readonly<Record<PhaseName, AttemptsOfPhase>> | null,
  ): Pick<Impact, "objective" | "budgetBurnt" | "phases">;
}

const OK = OUTCOMES.indexOf("ok");

interface Tally {
  requests: number;
  failed: number;
  /** By the due time alone, as the timetable offers them. */
  due: number;
  good: number;
  readonly latency: Spread;
}

/**
 * Requests by phase. A request belongs to the phase in which it was due; one that was under way when a fault began belongs to the
 * fault. Rates are by the due time alone: what is offered in a phase does not depend on who was slow.
 */
export function createPhases(timeline: Timeline, objective: ServiceLevel): PhaseBuilder {
  const tallies = new Map(
    PHASE_NAMES.map((name): [PhaseName, Tally] => [
      name,
      { requests: 0, failed: 0, due: 0, good: 0, latency: createSpread() },
    ]),
  );
  const tallyOf = (name: PhaseName): Tally => tallies.get(name) as Tally;
  return {
    visit(row) {
      const dueMs = row.dueUs / 1_000;
      const latencyUs = row.endedUs - row.dueUs;
      const phase = timeline.phaseAt(dueMs);
      const due = tallyOf(phase);
      due.due += 1;
      if (row.outcome === OK && latencyUs <= objective.latencyMs * 1_000) due.good += 1;
      const wasUnderWay = phase !== "during" && timeline.onsetWithin(dueMs, row.endedUs / 1_000) !== null;
      const own = wasUnderWay ? tallyOf("during") : due;
      own.requests += 1;
      if (row.outcome === OK) own.latency.record(latencyUs);
      else own.failed += 1;
    },
    finish(attempts) {
      const all = [...tallies.values()];
      const sum = (field: "requests" | "failed"): number =>
        all.reduce((total, each) => total + each[field], 0);
      const allowed = (1 - objective.availability) * sum("requests");
      const burnt = (failed: number): number | null => (allowed > 0 ? failed / allowed : null);
      const phase = (name: PhaseName): PhaseRecord =>
        phaseOf(tallyOf(name), timeline.secondsOf(name), attempts?.[name] ?? null, burnt);
      return {
        objective: { ...objective },
        budgetBurnt: burnt(sum("failed")),
        phases: {
          before: phase("before"),
          during: phase("during"),
          between: phase("between"),
          after: phase("after"),
        },
      };
    },
  };
}

function phaseOf(
  { requests, failed, due, good, latency }: Tally,
  seconds: number,
  attempts: AttemptsOfPhase | null,
  burnt: (failed: number) => number | null,
): PhaseRecord {
  return {
    seconds,
    requests,
    failed,
    errorRate: requests === 0 ? null : failed / requests,
    budgetBurnt: burnt(failed),
    goodput: seconds > 0 ? good / seconds : null,
    latencyMs: latency.summarize(failed),
    attempts: attempts?.attempts ?? null,
    retries: attempts?.retries ?? null,
    amplification: attempts === null || due === 0 ? null : attempts.attempts / due,
  };
}
