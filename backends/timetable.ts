import { z } from "zod";
import { createRng, type Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import {
  type Arrival,
  type Effect,
  type Fault,
  type FaultSpec,
  luckOf,
  type Moment,
  mergeEffects,
  type Visitor,
} from "./faults/fault.ts";
import { faults } from "./faults/registry.ts";
import type { Played, Standstill } from "./service.ts";

const byType = new Map<string, Fault>(faults.map((fault): [string, Fault] => [fault.name, fault]));

/** What the faults of one backend do, and when; instants are absolute. */
export interface Timetable {
  readonly standstills: readonly Standstill[];
  /** When its listening socket is closed, or its queue full; in order of time. */
  readonly listening: readonly (Standstill & { readonly how: "closed" | "full" })[];
  /** What happens to a connection that is accepted at the instant, and until when. */
  connect(now: Millis): Held | null;
  /** What happens to a request that arrives at the instant, before it is queued; null: nothing. */
  meet(now: Millis, guest: Guest): (Arrival & { readonly untilMs: Millis }) | null;
  /** Effect on a request that starts at `startMs`. */
  play(startMs: Millis, guest: Guest): Played;
}

export interface Held {
  readonly how: "reset" | "held";
  readonly untilMs: Millis;
}

/** A request that faults may hit. */
export interface Guest extends Visitor {
  /** The stream of one attempt at it, asked for when a fault needs it. */
  draws(): Rng;
}

/** Root of the streams of one backend's faults: forked by the request's number and by the attempt at it there, live and simulated. */
export const faultDraws = (seed: number, backend: number): Rng =>
  createRng(seed).fork("backend").fork(backend).fork("faults");

interface Window extends Standstill {
  readonly spec: FaultSpec;
  readonly index: number;
  readonly fault: Fault;
}

const NOTHING: Played = {};

/** `zeroMs` is the instant that the faults' `at` counts from. Pure. */
export function createTimetable(specs: readonly FaultSpec[], zeroMs: Millis): Timetable {
  const windows = specs.map((spec, index): Window => {
    const fromMs = zeroMs + spec.at;
    return { spec, index, fault: faultOf(spec.type), fromMs, toMs: fromMs + spec.for };
  });
  const onConnections = windows.filter(({ fault }) => fault.connection !== undefined);
  const onArrivals = windows.filter(({ fault }) => fault.arrival !== undefined);
  const onRequests = windows.filter(({ fault }) => fault.effect !== undefined);
  return {
    standstills: union(windows.filter(({ spec }) => spec.type === "pause")),
    listening: windows
      .flatMap(({ fromMs, toMs, fault: { listener: how } }) => (how ? [{ fromMs, toMs, how }] : []))
      .sort((a, b) => a.fromMs - b.fromMs),
    connect(now) {
      for (const { spec, fault, toMs } of activeAt(onConnections, now)) {
        const how = fault.connection?.(spec) ?? null;
        if (how !== null) return { how, untilMs: toMs };
      }
      return null;
    },
    meet(now, guest) {
      for (const window of activeAt(onArrivals, now)) {
        const arrival = hit(window, now, guest, window.fault.arrival);
        if (arrival !== null) return { ...arrival, untilMs: window.toMs };
      }
      return null;
    },
    play(startMs, guest) {
      const active = activeAt(onRequests, startMs);
      if (active.length === 0) return NOTHING;
      const effects: Effect[] = [];
      let untilMs = startMs;
      for (const window of active) {
        const effect = hit(window, startMs, guest, window.fault.effect);
        if (effect === null) continue;
        effects.push(effect);
        if (effect.hang) untilMs = Math.max(untilMs, window.toMs);
      }
      return { ...mergeEffects(effects), untilMs };
    },
  };
}

const NONE: readonly Window[] = [];

function activeAt(windows: readonly Window[], now: Millis): readonly Window[] {
  if (windows.length === 0) return NONE;
  return windows.filter(({ fromMs, toMs }) => fromMs <= now && now < toMs);
}

/** What a fault does to a request, null when it does not hit it. */
function hit<Result>(
  { spec, index, fromMs, toMs }: Window,
  now: Millis,
  guest: Guest,
  act: ((spec: FaultSpec, luck: number, moment: Moment) => Result | null) | undefined,
): Result | null {
  const rng = guest.draws().fork(index);
  const luck = luckOf(spec, rng.next(), guest);
  if (luck === null || act === undefined) return null;
  return act(spec, luck, {
    progress: (now - fromMs) / (toMs - fromMs),
    leftMs: toMs - now,
    visitor: guest,
    rng,
  });
}

/** Checks a fault that is already in milliseconds, as the control port gets it; throws ZodError. */
export function parseFault(value: unknown): FaultSpec {
  const { type } = z.looseObject({ type: z.enum([...byType.keys()]) }).parse(value);
  const { schema, durations = [] } = faultOf(type);
  const ms = z.number().min(0);
  // A distribution was checked with the scenario.
  const durationOrMany = z.union([ms, z.looseObject({ type: z.string() })]).optional();
  const others = Object.fromEntries(durations.map((key) => [key, durationOrMany]));
  const { stagger: _, repeat: __, ...shape } = schema.shape;
  const inMs = z.strictObject({
    ...shape,
    ...others,
    at: ms,
    for: z.number().positive(),
    backend: z.int().min(1),
    entry: z.int().min(0).optional(),
  });
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
