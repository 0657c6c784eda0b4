import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { assetsBefore, type Chain, pageOf } from "../../scenarios/mixes/chain.ts";
import type { SessionPlan } from "../../scenarios/mixes/plan.ts";
import type { Pauses } from "./pauses.ts";

/** A visitor who was in the shop before the trial began, between two pages. */
export interface Joiner {
  /** Identifies it whatever its place in the order. */
  readonly number: number;
  /** Page that it has seen last, and what it has by then as bits. */
  readonly page: number;
  readonly has: number;
  /** Its session was over with that page, and it comes as somebody new. */
  readonly isOver: boolean;
  /** When its next page is due. */
  readonly pageMs: Millis;
  /** When it first sends something: then, or before in order to get again what it has. */
  readonly joinMs: Millis;
}

/**
 * Who is in the shop when a trial begins, in order of `joinMs`: without them the traffic would take several sessions to become what the
 * scenario says. Where they stand is drawn as an onlooker would find them if answers took no time: a page by how often sessions
 * pass it, and the rest of a pause. What they have they get again in the warm-up.
 */
export function createJoiners(
  count: number,
  { chain, visits, length }: Pick<SessionPlan, "visits" | "length"> & { readonly chain: Chain },
  pauses: Pauses,
  warmupMs: Millis,
  options: { readonly closed: boolean; readonly rng: Rng },
): readonly Joiner[] {
  const states = [...visits.keys()];
  let sum = 0;
  const limits = [...visits.values()].map((times) => (sum += times));
  const joiners = Array.from({ length: count }, (_, number): Joiner => {
    const rng = options.rng.fork(number);
    const u = rng.next() * sum;
    const state = states[limits.findIndex((limit) => u < limit)] ?? (states[0] as number);
    const page = pageOf(state);
    const { has } = chain.play(page, assetsBefore(state));
    const pageMs = pauses.rest(rng) - warmupMs;
    const isOver = options.closed && rng.next() < 1 / length;
    const early = rng.next() * (Math.min(0, pageMs) + warmupMs);
    const needsNothing = isOver || has === 0;
    return { number, page, has, isOver, pageMs, joinMs: needsNothing ? pageMs : early - warmupMs };
  });
  return joiners.sort((a, b) => a.joinMs - b.joinMs || a.number - b.number);
}
