import type { Millis } from "#kernel/units.ts";
import { createBitRing } from "./bit-ring.ts";

/** Events of the coming days in one list per day; as many days as places. */
export interface DayLists {
  readonly size: number;
  /** Among the events of the place by time, behind those of the same instant. */
  insert(place: number, atMs: Millis, event: number): void;
  /** The first place from `place` on, around the ring, that has events; -1 when none has. */
  firstFrom(place: number): number;
  /** Time of the first event of a place that has some. */
  firstMs(place: number): Millis;
  /** Takes it out. */
  take(place: number): number;
}

const NONE = -1;

/** Every list is a ring that is entered at its last event: appending, which is usual, and taking the first touch no other. */
export function createDayLists(places: number): DayLists {
  const last = new Int32Array(places).fill(NONE);
  const marks = createBitRing(places);
  let times = new Float64Array(places);
  let events = new Int32Array(places);
  let next = new Int32Array(places);
  let used = 0;
  let free = NONE;
  let size = 0;

  const grow = (): void => {
    const [oldTimes, oldEvents, oldNext] = [times, events, next];
    times = new Float64Array(2 * used);
    events = new Int32Array(2 * used);
    next = new Int32Array(2 * used);
    times.set(oldTimes);
    events.set(oldEvents);
    next.set(oldNext);
  };
  const newItem = (): number => {
    if (free !== NONE) {
      const item = free;
      free = next[item]!;
      return item;
    }
    if (used === times.length) grow();
    return used++;
  };
  return {
    get size() {
      return size;
    },
    insert(place, atMs, event) {
      const item = newItem();
      times[item] = atMs;
      events[item] = event;
      size += 1;
      const end = last[place]!;
      if (end === NONE) {
        marks.set(place);
        next[item] = item;
        last[place] = item;
        return;
      }
      // From the last one the ring goes on with the first.
      let before = end;
      if (atMs < times[end]!) while (times[next[before]!]! <= atMs) before = next[before]!;
      else last[place] = item;
      next[item] = next[before]!;
      next[before] = item;
    },
    firstFrom: marks.firstFrom,
    firstMs: (place) => times[next[last[place]!]!]!,
    take(place) {
      const end = last[place]!;
      const first = next[end]!;
      if (first === end) {
        last[place] = NONE;
        marks.unset(place);
      } else next[end] = next[first]!;
      next[first] = free;
      free = first;
      size -= 1;
      return events[first]!;
    },
  };
}
