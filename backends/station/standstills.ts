import type { Millis } from "#kernel/units.ts";
import type { DueHeap } from "../due-heap.ts";
import type { Standstill } from "../service.ts";
import type { Cpu } from "./cpu.ts";

/** No process of the backend does anything meanwhile. */
export function stopAtStandstills(cpu: Cpu, timers: DueHeap, standstills: readonly Standstill[]): void {
  for (const { fromMs, toMs } of standstills) {
    timers.add(fromMs, (now) => cpu.stop(now, null));
    timers.add(toMs, (now) => cpu.go(now, null));
  }
}

/** The first instant from `at` on at which the backend does not stand still. */
export function standsUntil(standstills: readonly Standstill[], at: Millis): Millis {
  const standing = standstills.find(({ fromMs, toMs }) => fromMs <= at && at < toMs);
  return standing?.toMs ?? at;
}
