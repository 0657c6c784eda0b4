import { createAlarm, nowNs } from "./alarm.ts";
import { createDueHeap } from "./due-heap.ts";

/** Hrtime in milliseconds: the clock of this process's departures. */
export function nowMs(): number {
  return nowNs() / 1e6;
}

/** Runs callbacks at absolute instants, in order of time, those of one instant in the order in which they were added. */
export interface Agenda {
  add(atMs: number, run: () => void): void;
  /** Runs what is due now; cheap when nothing is. For a caller that has the event loop anyway. */
  runDue(): void;
  close(): Promise<void>;
}

/** A heap over one alarm. */
export function createAgenda(): Agenda {
  const due = createDueHeap();
  let armedMs = Number.POSITIVE_INFINITY;
  const alarm = createAlarm(() => {
    armedMs = Number.POSITIVE_INFINITY;
    runDue();
  });

  const arm = (): void => {
    const { nextMs } = due;
    if (nextMs === armedMs) return;
    // An alarm that rings early finds nothing due and is set again: cheaper than moving it for every departure that went.
    if (nextMs > armedMs) return;
    armedMs = nextMs;
    alarm.set(nextMs * 1e6);
  };
  const runDue = (): void => {
    while (due.nextMs <= nowMs()) due.run();
    arm();
  };
  return {
    add(atMs, run) {
      due.add(atMs, run);
      arm();
    },
    runDue,
    close: () => alarm.close(),
  };
}
