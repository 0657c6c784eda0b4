import { z } from "zod";
import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { type Effect, type Fault, type FaultSpec, mergeEffects } from "./faults/fault.ts";
import { faults } from "./faults/registry.ts";
import type { Played, Standstill } from "./service.ts";

const byType = new Map<string, Fault>(faults.map((fault): [string, Fault] => [fault.name, fault]));

/** What the faults of one backend do, and when; instants are absolute. */
export interface Timetable {
  readonly standstills: readonly Standstill[];
  /** Effect on a request that starts at `startMs`; `attempt` gives the stream of one attempt, asked for when a fault needs it. */
  play(startMs: Millis, attempt: () => Rng): Played;
}

const NOTHING: Played = {};

/** `zeroMs` is the instant that the faults' `at` counts from. Pure. */
export function createTimetable(specs: readonly FaultSpec[], zeroMs: Millis): Timetable {
  const windows = specs.map((spec, index) => ({
    spec,
    index,
    fault: faultOf(spec.type),
    fromMs: zeroMs + spec.at,
    toMs: zeroMs + spec.at + spec.for,
  }));
  const onRequests = windows.filter(({ fault }) => fault.means === "request");
  return {
    standstills: union(windows.filter(({ spec }) => spec.type === "pause")),
    play(startMs, attempt) {
      const active = onRequests.filter(({ fromMs, toMs }) => fromMs <= startMs && startMs < toMs);
      if (active.length === 0) return NOTHING;
      const effects: Effect[] = [];
      let untilMs = startMs;
      const stream = attempt();
      for (const { spec, fault, index, fromMs, toMs } of active) {
        const progress = (startMs - fromMs) / (toMs - fromMs);
        const effect = fault.effect?.(spec, stream.fork(index).next(), progress) ?? null;
        if (effect === null) continue;
        effects.push(effect);
        if (effect.hang) untilMs = Math.max(untilMs, toMs);
      }
      return { ...mergeEffects(effects), untilMs };
    },
  };
}

/** Checks a fault that is already in milliseconds, as the control port gets it; throws ZodError. */
export function parseFault(value: unknown): FaultSpec {
  const { type } = z.looseObject({ type: z.enum([...byType.keys()]) }).parse(value);
  const { schema, durations = [] } = faultOf(type);
  const ms = z.number().min(0);
  const others = Object.fromEntries(durations.map((key) => [key, ms]));
  const inMs = schema.extend({ ...others, at: ms, for: z.number().positive() });
  return inMs.parse(value) as unknown as FaultSpec;
}

function faultOf(type: string): Fault {
  const fault = byType.get(type);
  if (fault === undefined) throw new Error(`unknown fault "${type}"`);
  return fault;
}

/** Sorted and without overlap. */
function union(windows: readonly Standstill[]): Standstill[] {
  const merged: { fromMs: Millis; toMs: Millis }[] = [];
  for (const { fromMs, toMs } of [...windows].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}
