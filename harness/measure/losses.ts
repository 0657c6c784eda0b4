import type { Losses } from "../../reports/record.ts";
import { OUTCOMES, type Row, type RowOutcome } from "../rows.ts";

export type LossKind = keyof Losses;
export const LOSS_KINDS: readonly LossKind[] = ["connect", "midFlight", "timeout", "wrongStatus"];

/** Whether a backend took an attempt at request k; told by the backends, not by the client. */
export type WasTaken = (k: number) => boolean;

const GATEWAY_TIMEOUT = 504;

/** What became of a request that failed; null for one that did not. */
export function lossOf({ outcome, status, backend, k }: Row, wasTaken: WasTaken): LossKind | null {
  const name: RowOutcome | undefined = OUTCOMES[outcome];
  if (name === "ok") return null;
  if (name === "httpError" && backend !== 0) return "wrongStatus";
  if (name === "timeout" || name === "inFlightAtEnd" || status === GATEWAY_TIMEOUT) return "timeout";
  return wasTaken(k) ? "midFlight" : "connect";
}

export function noLosses(): Record<LossKind, number> {
  return { connect: 0, midFlight: 0, timeout: 0, wrongStatus: 0 };
}
