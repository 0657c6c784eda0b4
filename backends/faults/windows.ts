import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { FaultSpec } from "./fault.ts";

/** A fault as a scenario has it: perhaps at several backends, perhaps coming and going. */
export interface FaultEntry {
  readonly type: string;
  readonly at: Millis;
  readonly for: Millis;
  readonly backend: number | readonly number[] | "all";
  readonly stagger?: Millis | undefined;
  readonly repeat?:
    | { readonly up: Millis; readonly times?: number | undefined; readonly jitter: Millis }
    | undefined;
}

export interface Stage {
  /** Number of the backends. */
  readonly count: number;
  /** Length of the measured window. */
  readonly durationMs: Millis;
  /** Of the jitter. */
  readonly seed: number;
}

/** Most windows of a scenario: each is watched on its own. */
export const MOST_WINDOWS = 256;

/** Ids of the backends that a fault hits, each once, in the order of the scenario. */
export function backendsOf({ backend }: Pick<FaultEntry, "backend">, count: number): readonly number[] {
  if (backend === "all") return Array.from({ length: count }, (_, index) => index + 1);
  return typeof backend === "number" ? [backend] : [...new Set(backend)];
}

/**
 * Every single window in which one fault acts on one backend: in the order of the list, the windows of one backend together. A fault that
 * comes and goes does so at all its backends alike, each later by the stagger. Pure.
 */
export function windowsOf(entries: readonly FaultEntry[], stage: Stage): readonly FaultSpec[] {
  return entries.flatMap((fault, entry) => {
    const { stagger = 0, repeat: _, ...own } = fault;
    const times = timesOf(fault, entry, stage);
    return backendsOf(fault, stage.count).flatMap((backend, position) =>
      times.flatMap(({ at, length }, time): FaultSpec[] => {
        const from = at + position * stagger;
        // The first is kept however late it is: the rules of a scenario refuse it.
        if (time > 0 && from >= stage.durationMs) return [];
        return [{ ...own, at: from, for: length, backend, entry }];
      }),
    );
  });
}

/** Shortest up or down time that jitter leaves. */
const SHORTEST_MS = 1;

function timesOf(
  { at, for: length, repeat }: FaultEntry,
  entry: number,
  { durationMs, seed }: Stage,
): readonly { readonly at: Millis; readonly length: Millis }[] {
  if (repeat === undefined) return [{ at, length }];
  const rng = createRng(seed).fork("flapping").fork(entry);
  const jittered = (ms: Millis): Millis =>
    repeat.jitter === 0 ? ms : Math.max(SHORTEST_MS, ms + repeat.jitter * (2 * rng.next() - 1));
  // One more than there may be is enough to refuse them.
  const most = Math.min(repeat.times ?? Number.POSITIVE_INFINITY, MOST_WINDOWS + 1);
  const times: { at: Millis; length: Millis }[] = [];
  let next = at;
  while (times.length < most && (next < durationMs || times.length === 0)) {
    const down = jittered(length);
    times.push({ at: next, length: down });
    next += down + jittered(repeat.up);
  }
  return times;
}
