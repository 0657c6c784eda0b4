import type { Writable } from "node:stream";

/** Where a command writes: data to stdout, people to stderr. */
export interface Io {
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** Exit codes of every command. */
export const EXIT = {
  fine: 0,
  /** Our own failure. */
  failure: 1,
  /** Something this machine lacks. */
  environment: 3,
  /** Nothing failed, but the machine was too busy to judge all of it. */
  inconclusive: 4,
  /** An objective of a scenario is violated. */
  objective: 5,
  /** Bad usage or a bad scenario (EX_USAGE of sysexits.h). */
  usage: 64,
  /** SIGINT. */
  interrupted: 130,
} as const;

/** Colour only for a terminal that wants it (no-color.org). */
export function wantsColor(stream: { readonly isTTY?: boolean }): boolean {
  if (process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR && process.env.FORCE_COLOR !== "0") return true;
  return stream.isTTY === true && process.env.TERM !== "dumb";
}
