import type { FaultRecord } from "../../reports/record.ts";
import type { Attempts } from "./detection.ts";

export interface ReturnOptions {
  readonly backend: number;
  /** When the fault was lifted. */
  readonly from: number;
  /** End of the window, or the backend's next fault. */
  readonly until: number;
  readonly fairShare: number;
}

export type Return = Pick<FaultRecord, "return" | "returnedAfterMs">;

export interface ReturnDetector {
  /** Reports come in order of time, up to one resolution. */
  add(report: Attempts): void;
  finish(): Return;
}

/** A backend that gets at least this share of its fair share is in use again. */
const IN_USE = 0.5;
/** Attempts that would fairly be its own: fewer say nothing (as in `detection.ts`). */
const EVIDENCE = 5;

/**
 * First instant after the fault from which the backend gets at least half of its fair share of attempts, measured from that instant to
 * every later one. With S(t) its attempts up to t minus half of its fair share of all attempts up to t, that is where S has its
 * minimum; one pass in constant memory, as in `detection.ts`. A backend that was never left alone returns after 0 ms.
 */
export function createReturnDetector({ backend, from, until, fairShare }: ReturnOptions): ReturnDetector {
  let own = 0;
  let total = 0;
  const low = { deficit: 0, atMs: from, own: 0, total: 0 };
  // The instant of the minimum is that of the first attempt after it: before, nobody could know.
  let returning = false;
  return {
    add({ backend: to, atMs, count }) {
      if (atMs < from || atMs >= until || count === 0) return;
      if (to === backend && returning) {
        low.atMs = atMs;
        returning = false;
      }
      total += count;
      if (to === backend) own += count;
      const deficit = own - IN_USE * fairShare * total;
      if (deficit >= low.deficit) return;
      Object.assign(low, { deficit, own, total });
      returning = true;
    },
    finish() {
      const after = (total - low.total) * fairShare;
      if (after >= EVIDENCE && !returning) {
        // As short a gap as luck makes is none.
        const wasAlone = low.deficit <= -IN_USE * EVIDENCE;
        return { return: "seen", returnedAfterMs: wasAlone ? low.atMs - from : 0 };
      }
      const enough = total * fairShare >= EVIDENCE;
      return { return: enough ? "never" : "too-few-attempts", returnedAfterMs: null };
    },
  };
}
