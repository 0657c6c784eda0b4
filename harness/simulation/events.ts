import type { Millis } from "#kernel/units.ts";

/** What happens at an instant; events of one instant happen in the order in which they were planned. */
export interface EventQueue<Event> {
  /** Time of the first event, infinity when there is none. */
  readonly nextMs: Millis;
  plan(atMs: Millis, event: Event): void;
  /** Takes the first event out; throws when there is none. */
  take(): Event;
}

/** A binary heap over (time, number of the plan), in columns: sifting touches no object. */
export function createEventQueue<Event>(): EventQueue<Event> {
  let times = new Float64Array(1_024);
  let numbers = new Float64Array(1_024);
  const events: Event[] = [];
  let planned = 0;

  const before = (atMs: Millis, number: number, position: number): boolean => {
    const other = times[position] as number;
    return atMs < other || (atMs === other && number < (numbers[position] as number));
  };
  const put = (position: number, atMs: Millis, number: number, event: Event): void => {
    times[position] = atMs;
    numbers[position] = number;
    events[position] = event;
  };
  const move = (from: number, to: number): void =>
    put(to, times[from] as number, numbers[from] as number, events[from] as Event);
  const grow = (): void => {
    const [longerTimes, longerNumbers] = [
      new Float64Array(2 * times.length),
      new Float64Array(2 * times.length),
    ];
    longerTimes.set(times);
    longerNumbers.set(numbers);
    times = longerTimes;
    numbers = longerNumbers;
  };
  return {
    get nextMs() {
      return events.length === 0 ? Number.POSITIVE_INFINITY : (times[0] as number);
    },
    plan(atMs, event) {
      if (events.length === times.length) grow();
      const number = planned++;
      let position = events.length;
      events.push(event);
      while (position > 0) {
        const parent = (position - 1) >> 1;
        if (!before(atMs, number, parent)) break;
        move(parent, position);
        position = parent;
      }
      put(position, atMs, number, event);
    },
    take() {
      const first = events[0];
      const last = events.length - 1;
      if (first === undefined) throw new Error("there is no event to take");
      const [atMs, number, event] = [times[last] as number, numbers[last] as number, events[last] as Event];
      events.pop();
      let position = 0;
      for (;;) {
        let child = 2 * position + 1;
        if (child >= last) break;
        if (child + 1 < last && before(times[child + 1] as number, numbers[child + 1] as number, child))
          child += 1;
        if (before(atMs, number, child)) break;
        move(child, position);
        position = child;
      }
      if (last > 0) put(position, atMs, number, event);
      return first;
    },
  };
}
