import type { BackendIndex } from "./algorithm.ts";

/** Backends ordered by a number that may change; the least is found in O(1), a change costs O(log n). */
export interface IndexedHeap {
  readonly length: number;
  /** The backend with the least number; there has to be one. */
  least(): BackendIndex;
  has(backend: BackendIndex): boolean;
  /** Puts the backend in, or moves it to its new number. */
  set(backend: BackendIndex, value: number): void;
  remove(backend: BackendIndex): void;
}

/** A binary heap that knows where everyone is (Williams, Heapsort, 1964). */
export function createIndexedHeap(size: number): IndexedHeap {
  const values = new Float64Array(size);
  const heap: BackendIndex[] = [];
  const position = new Int32Array(size).fill(-1);

  const place = (backend: BackendIndex, at: number): void => {
    heap[at] = backend;
    position[backend] = at;
  };
  const rise = (backend: BackendIndex, from: number): number => {
    let at = from;
    while (at > 0) {
      const parent = heap[(at - 1) >>> 1]!;
      if (values[parent]! <= values[backend]!) break;
      place(parent, at);
      at = (at - 1) >>> 1;
    }
    place(backend, at);
    return at;
  };
  const sink = (backend: BackendIndex, from: number): void => {
    let at = from;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && values[heap[child + 1]!]! < values[heap[child]!]!) child++;
      if (values[backend]! <= values[heap[child]!]!) break;
      place(heap[child]!, at);
      at = child;
    }
    place(backend, at);
  };

  return {
    get length() {
      return heap.length;
    },
    least: () => heap[0]!,
    has: (backend) => position[backend] !== -1,
    set(backend, value) {
      values[backend] = value;
      const at = position[backend] === -1 ? heap.push(backend) - 1 : position[backend]!;
      sink(backend, rise(backend, at));
    },
    remove(backend) {
      const at = position[backend]!;
      if (at === -1) return;
      position[backend] = -1;
      const last = heap.pop()!;
      if (last !== backend) sink(last, rise(last, at));
    },
  };
}
