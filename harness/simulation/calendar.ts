import type { Millis } from "#kernel/units.ts";
import { createDayLists } from "./day-lists.ts";
import { createEventQueue, type EventQueue } from "./events.ts";

const FEWEST_DAYS = 64;
/** Days in mean lead times (from now to the planned instant). By Little's law a day then has about 4 x events waiting / days. */
const LEADS = 4;

/**
 * A calendar queue (R. Brown, Calendar Queues, CACM 31(10), 1988): events lie in lists by the day of their time, so planning and
 * taking cost the same however many wait. What lies beyond the last day waits in a heap until its day comes. Number and
 * length of the days follow what is planned.
 */
export function createCalendar(): EventQueue {
  let days = FEWEST_DAYS;
  let near = createDayLists(days);
  const far = createEventQueue();
  let farSize = 0;
  let firstPlace = -1;
  let plans = 0;
  // In an object: a variable that closures share would be a new object for every fraction that is put into it.
  const clock = { nowMs: 0, today: 0, daysPerMs: 1, leadMs: 0 };

  const dayOf = (atMs: Millis): number => Math.floor(atMs * clock.daysPerMs);
  /** A day that has passed counts as today, whose list is in order all the same. */
  const placeOf = (day: number): number => Math.max(day, clock.today) & (days - 1);
  const insert = (atMs: Millis, event: number): void => {
    const day = dayOf(atMs);
    if (day - clock.today >= days) {
      far.plan(atMs, event);
      farSize += 1;
      if (atMs < queue.nextMs) queue.nextMs = atMs;
      return;
    }
    const place = placeOf(day);
    near.insert(place, atMs, event);
    if (atMs >= queue.nextMs) return;
    queue.nextMs = atMs;
    firstPlace = place;
  };
  const moveOn = (day: number): void => {
    if (day <= clock.today) return;
    clock.today = day;
    while (farSize > 0 && dayOf(far.nextMs) - day < days) {
      const atMs = far.nextMs;
      near.insert(placeOf(dayOf(atMs)), atMs, far.take());
      farSize -= 1;
    }
  };
  const findFirst = (): void => {
    firstPlace = near.size === 0 ? -1 : near.firstFrom(placeOf(clock.today));
    queue.nextMs = firstPlace === -1 ? far.nextMs : near.firstMs(firstPlace);
  };
  const take = (): number => {
    const isNear = firstPlace !== -1;
    const event = isNear ? near.take(firstPlace) : far.take();
    if (!isNear) farSize -= 1;
    // An event that never comes is the last one, and has no day.
    if (queue.nextMs < Number.POSITIVE_INFINITY) {
      clock.nowMs = queue.nextMs;
      moveOn(dayOf(clock.nowMs));
    }
    findFirst();
    return event;
  };
  const rebuild = (newDays: number, daysPerMs: number): void => {
    const times: Millis[] = [];
    const events: number[] = [];
    const { nowMs } = clock;
    while (near.size + farSize > 0) {
      times.push(queue.nextMs);
      events.push(take());
    }
    days = newDays;
    near = createDayLists(days);
    clock.daysPerMs = daysPerMs;
    clock.nowMs = nowMs;
    clock.today = dayOf(nowMs);
    for (const [at, event] of events.entries()) insert(times[at]!, event);
  };
  /** Once in as many plans as there are days, so that all rebuilding together costs a constant for each plan. */
  const review = (): void => {
    const size = near.size + farSize;
    const fit = size > days / 2 ? 2 * days : size < days / 8 ? Math.max(FEWEST_DAYS, days / 2) : days;
    const meanMs = clock.leadMs / plans;
    const wanted = fit / (LEADS * meanMs);
    const isKnown = meanMs > 0 && wanted > 0 && wanted < Number.POSITIVE_INFINITY;
    const off = isKnown ? wanted / clock.daysPerMs : 1;
    plans = 0;
    clock.leadMs = 0;
    if (fit !== days || off > 2 || off < 0.5) rebuild(fit, isKnown ? wanted : clock.daysPerMs);
  };
  const queue = {
    nextMs: Number.POSITIVE_INFINITY,
    plan(atMs: Millis, event: number) {
      plans += 1;
      clock.leadMs += atMs - clock.nowMs;
      insert(atMs, event);
      if (plans >= days) review();
    },
    take() {
      if (near.size + farSize === 0) throw new Error("there is no event to take");
      return take();
    },
  };
  return queue;
}
