import type { Millis } from "#kernel/units.ts";
import { createEventQueue } from "./events.ts";

/** What happens beside the requests: probes, health checks, changes of membership. It never keeps a trial from its end. */
export interface Background {
  /** Time of the first act, infinity when there is none. */
  readonly nextMs: Millis;
  plan(atMs: Millis, act: (now: Millis) => void): void;
  /** Does the first one; throws when there is none. */
  next(): void;
}

type Act = (now: Millis) => void;

export function createBackground(): Background {
  const events = createEventQueue();
  const acts: Act[] = [];
  const free: number[] = [];
  const background = {
    // A number and not a getter, because every event of a trial asks for it.
    nextMs: events.nextMs,
    plan(atMs: Millis, act: Act) {
      const number = free.pop() ?? acts.length;
      acts[number] = act;
      events.plan(atMs, number);
      background.nextMs = events.nextMs;
    },
    next() {
      const now = events.nextMs;
      const number = events.take();
      background.nextMs = events.nextMs;
      free.push(number);
      (acts[number] as Act)(now);
    },
  };
  return background;
}
