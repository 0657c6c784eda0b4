import type { FaultRecord, Impact } from "../../reports/record.ts";
import type { Row } from "../rows.ts";
import type { AttemptWatch } from "./attempt-watch.ts";
import { pairWith, type Twin } from "./counterfactual.ts";
import { createFaultDistiller, type FaultTimes } from "./faults.ts";
import { createKeyHomes, type KeyOf } from "./key-homes.ts";
import type { WasTaken } from "./losses.ts";
import { createPhases, type ServiceLevel } from "./phases.ts";
import { createTimeline } from "./timeline.ts";

export interface ImpactInputs {
  readonly faults: readonly FaultTimes[];
  readonly durationMs: number;
  readonly objective: ServiceLevel;
  /** Null when the balancer reports no attempts. Asked after the last row. */
  readonly attempts: AttemptWatch | null;
  /** Asked after the first reading of the rows. */
  readonly wasTaken: WasTaken;
  /** The same seed without faults; null when it was not played. */
  readonly twin: Twin | null;
  /** Null for an algorithm that goes by no key. */
  readonly keyOf: KeyOf | null;
}

/** All that is measured of the faults of a window; reads its rows twice. */
export interface ImpactBuilder {
  readonly visitFirst: (row: Row) => void;
  readonly visitSecond: (row: Row) => void;
  finish(): { readonly faults: FaultRecord[]; readonly impact: Impact };
}

export function createImpact(inputs: ImpactInputs): ImpactBuilder {
  const { faults, durationMs, objective, attempts, wasTaken, twin, keyOf } = inputs;
  const specs = faults.map(({ spec }) => spec);
  const timeline = createTimeline(specs, durationMs);
  const distiller = createFaultDistiller({ faults, durationMs, timeline, wasTaken, twin });
  const phases = createPhases(timeline, objective);
  const paired = twin === null ? null : pairWith(twin, specs, durationMs);
  const faulty = new Set(specs.map(({ backend }) => backend));
  const homes = keyOf === null ? null : createKeyHomes(timeline, keyOf, faulty);
  return {
    visitFirst(row) {
      distiller.visitFirst(row);
      phases.visit(row);
      paired?.visit(row);
      homes?.visit(row);
    },
    visitSecond: distiller.visitSecond,
    finish() {
      const seen = attempts?.finish() ?? null;
      const measured = phases.finish(seen?.phases ?? null);
      const requests = Object.values(measured.phases).reduce((sum, phase) => sum + phase.requests, 0);
      return {
        faults: distiller.finish({
          seen: seen?.faults ?? null,
          resolutionMs: attempts?.resolutionMs ?? null,
          excess: paired?.faults ?? null,
          allowedFailures: (1 - objective.availability) * requests,
        }),
        impact: {
          ...measured,
          counterfactual: paired?.all ?? null,
          keysMoved: homes?.finish() ?? null,
        },
      };
    },
  };
}
