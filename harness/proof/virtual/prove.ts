import type { Case } from "../outcome.ts";
import { proveBalance } from "./balance.ts";
import { proveOneChoice, proveTwoChoices } from "./bins.ts";
import { EXACT_CASES } from "./exact-cases.ts";
import { proveClosedLoop, proveOrder } from "./further.ts";
import { type Effort, proveCase } from "./play-case.ts";
import { PUBLISHED_CASES } from "./published-cases.ts";
import { proveSticky } from "./sticky.ts";
import { proveZipf } from "./zipf.ts";

export interface Step {
  readonly name: string;
  prove(effort: Effort): Promise<readonly Case[]>;
}

/** Everything that is proved in virtual time. The seed of a step is its position, so that no trace is luck for all of them. */
export const VIRTUAL_STEPS: readonly Step[] = [
  ...[...EXACT_CASES, ...PUBLISHED_CASES].map((about) => ({
    name: about.name,
    prove: (effort: Effort) => proveCase(about, effort),
  })),
  { name: "closed-random", prove: proveClosedLoop },
  { name: "order", prove: proveOrder },
  { name: "balance", prove: proveBalance },
  { name: "sticky", prove: proveSticky },
  { name: "bins-1", prove: proveOneChoice },
  { name: "bins-2", prove: proveTwoChoices },
  { name: "zipf", prove: proveZipf },
];

export interface VirtualOptions {
  readonly effort: number;
  readonly only: string;
  readonly signal: AbortSignal;
  onCases(cases: readonly Case[]): void;
}

/** Plays the steps whose name contains `only`, one after the other. */
export async function proveVirtually({ effort, only, signal, onCases }: VirtualOptions): Promise<void> {
  for (const [at, step] of VIRTUAL_STEPS.entries()) {
    if (`simulation/${step.name}`.includes(only)) onCases(await step.prove({ effort, seed: at + 1, signal }));
  }
}
