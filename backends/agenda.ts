import { createAlarm, nowNs } from "./alarm.ts";

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

interface Entry {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

/** A binary heap over one alarm. */
export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  let sequence = 0;
  let armedMs = Number.POSITIVE_INFINITY;
  const alarm = createAlarm(() => {
    armedMs = Number.POSITIVE_INFINITY;
    runDue();
  });

  const arm = (): void => {
    const nextMs = heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
    if (nextMs === armedMs) return;
    // An alarm that rings early finds nothing due and is set again: cheaper than moving it for every departure that went.
    if (nextMs > armedMs) return;
    armedMs = nextMs;
    alarm.set(nextMs * 1e6);
  };
  const runDue = (): void => {
    while (heap[0] !== undefined && heap[0].atMs <= nowMs()) pop(heap).run();
    arm();
  };
  return {
    add(atMs, run) {
      push(heap, { atMs, sequence: sequence++, run });
      arm();
    },
    runDue,
    close: () => alarm.close(),
  };
}

function before(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Entry;
    if (!before(entry, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): Entry {
  const first = heap[0] as Entry;
  const last = heap.pop() as Entry;
  if (heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    const right = heap[child + 1];
    if (right !== undefined && before(right, heap[child] as Entry)) child++;
    const below = heap[child] as Entry;
    if (!before(below, last)) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
  return first;
}
