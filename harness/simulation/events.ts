import type { Millis } from "#kernel/units.ts";

/** What happens at an instant, as a whole number from 0 to 2^31 - 1; events of one instant happen in the order in which they were planned. */
export interface EventQueue {
  /** Time of the first event, infinity when there is none. */
  readonly nextMs: Millis;
  plan(atMs: Millis, event: number): void;
  /** Takes the first event out; throws when there is none. */
  take(): number;
}

/** Four children a node: half the levels of a binary heap, and the children of a node lie side by side. */
const ARITY = 4;

/** A heap over (time, number of the plan), in columns: sifting touches no object. */
export function createEventQueue(): EventQueue {
  let times = new Float64Array(1_024);
  let numbers = new Uint32Array(1_024);
  let events = new Int32Array(1_024);
  let size = 0;
  let planned = 0;

  // Numbers wrap around: of two that wait at once, the one planned first is less than 2^31 behind.
  const before = (atMs: Millis, number: number, position: number): boolean => {
    const other = times[position] as number;
    return atMs < other || (atMs === other && ((number - (numbers[position] as number)) | 0) < 0);
  };
  const put = (position: number, atMs: Millis, number: number, event: number): void => {
    times[position] = atMs;
    numbers[position] = number;
    events[position] = event;
  };
  const move = (from: number, to: number): void =>
    put(to, times[from] as number, numbers[from] as number, events[from] as number);
  const grow = (): void => {
    const length = 2 * size;
    const [old, oldNumbers, oldEvents] = [times, numbers, events];
    times = new Float64Array(length);
    numbers = new Uint32Array(length);
    events = new Int32Array(length);
    times.set(old);
    numbers.set(oldNumbers);
    events.set(oldEvents);
  };
  const firstChild = (position: number): number => {
    const from = ARITY * position + 1;
    const to = Math.min(from + ARITY, size);
    let first = from;
    for (let child = from + 1; child < to; child++)
      if (before(times[child] as number, numbers[child] as number, first)) first = child;
    return first;
  };
  return {
    get nextMs() {
      return size === 0 ? Number.POSITIVE_INFINITY : (times[0] as number);
    },
    plan(atMs, event) {
      if (size === times.length) grow();
      const number = planned;
      planned = (planned + 1) >>> 0;
      let position = size++;
      while (position > 0) {
        const parent = (position - 1) >> 2;
        if (!before(atMs, number, parent)) break;
        move(parent, position);
        position = parent;
      }
      put(position, atMs, number, event);
    },
    take() {
      if (size === 0) throw new Error("there is no event to take");
      const first = events[0] as number;
      size -= 1;
      if (size === 0) return first;
      const [atMs, number, event] = [times[size] as number, numbers[size] as number, events[size] as number];
      let position = 0;
      for (;;) {
        const child = firstChild(position);
        if (child >= size || before(atMs, number, child)) break;
        move(child, position);
        position = child;
      }
      put(position, atMs, number, event);
      return first;
    },
  };
}
