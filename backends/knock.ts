import type { Millis } from "#kernel/units.ts";

/** Retries of a SYN that are a second apart: Linux since 6.5 (`tcp_syn_linear_timeouts` 4); from then on each waits twice as long. */
const LINEAR_KNOCKS = 5;
const KNOCK_MS = 1_000;

/** From one attempt to connect that finds the queue full to the next, after `knocks` earlier ones. */
export const knockAfterMs = (knocks: number): Millis =>
  knocks < LINEAR_KNOCKS ? KNOCK_MS : KNOCK_MS * 2 ** (knocks - LINEAR_KNOCKS + 1);
