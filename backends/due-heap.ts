import type { Millis } from "#kernel/units.ts";

/** What is to be done at an instant, which it is given. */
export type Act = (atMs: Millis) => void;

/** Acts by their instants; those of one instant in the order in which they were added. */
export interface DueHeap {
  /** Instant of the first one, infinity when there is none. */
  readonly nextMs: Millis;
  add(atMs: Millis, act: Act): void;
  /** Does the first one; throws when there is none. */
  run(): void;
}

interface Entry {
  readonly atMs: Millis;
  readonly sequence: number;
  readonly act: Act;
}

/** A binary heap. */
export function createDueHeap(): DueHeap {
  const heap: Entry[] = [];
  let sequence = 0;
  return {
    get nextMs() {
      return heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
    },
    add: (atMs, act) => push(heap, { atMs, sequence: sequence++, act }),
    run() {
      const { atMs, act } = pop(heap);
      act(atMs);
    },
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
  const first = heap[0];
  if (first === undefined) throw new Error("nothing is due");
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
