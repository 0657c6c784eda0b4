import { setImmediate } from "node:timers/promises";
import type { Millis } from "#kernel/units.ts";
import { capacityOf } from "../../scenarios/capacity.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { createEventQueue } from "./events.ts";
import { createUsers } from "./users.ts";

/** Requests between two looks at Ctrl-C. */
const REQUESTS_PER_TURN = 100_000;

/**
 * Mean time in system of the window's requests of an open scenario without faults when all slots of all backends take from
 * one queue, first come first served, the fastest idle slot first: what no balancer that must choose on arrival can be sure of.
 * NaN without requests.
 */
export async function meanInCentralQueue(
  scenario: Scenario,
  seed: number,
  signal: AbortSignal,
): Promise<Millis> {
  const { backends, arrivalsPerSecond } = capacityOf(scenario);
  const speeds = backends.flatMap(({ slots, speed }) => Array.from({ length: slots }, () => speed));
  const users = createUsers(scenario, arrivalsPerSecond, seed);
  const busy = createEventQueue();
  const idle = createEventQueue();
  for (const [slot, speed] of speeds.entries()) idle.plan(-speed, slot);
  let count = 0;
  let sumMs = 0;
  while (users.nextMs !== Number.POSITIVE_INFINITY) {
    const { phase, dueMs, work } = users.take();
    while (busy.nextMs <= dueMs) {
      const slot = busy.take();
      idle.plan(-(speeds[slot] as number), slot);
    }
    const freeMs = idle.nextMs === Number.POSITIVE_INFINITY ? busy.nextMs : dueMs;
    const slot = freeMs === dueMs ? idle.take() : busy.take();
    const endMs = freeMs + work.demandUs / 1_000 / (speeds[slot] as number);
    busy.plan(endMs, slot);
    if (phase !== "window") continue;
    count += 1;
    sumMs += endMs - dueMs;
    if (count % REQUESTS_PER_TURN !== 0) continue;
    await setImmediate();
    signal.throwIfAborted();
  }
  return sumMs / count;
}
