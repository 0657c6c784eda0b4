import { fetchBalancers } from "../../balancers/fetch/fetch.ts";
import { PRODUCTS } from "../../balancers/fetch/locate.ts";
import { onInterrupt } from "../interrupt.ts";
import { EXIT, type Io, wantsColor } from "../io.ts";
import { removeLeftovers } from "../live/work-folder.ts";
import { describeMachine } from "../measure/machine.ts";
import { FULL, hasLivePart, proveLive, QUICK } from "../proof/live/prove.ts";
import { type Case, overall, type Selftest, selftestSchema } from "../proof/outcome.ts";
import { drawCases } from "../proof/table.ts";
import { proveVirtually } from "../proof/virtual/prove.ts";
import { UsageError } from "../trial.ts";
import { versionsOf } from "../versions.ts";

export interface SelftestOptions {
  readonly engine?: "simulation" | "live";
  readonly quick?: boolean;
  readonly only?: string;
  readonly json?: boolean;
}

/** Shares of a full proof in virtual time, which alone takes up to five minutes. */
const EFFORT = { alone: 1, beforeLive: 0.5, quick: 0.05 } as const;

/** No live part begins later: none takes longer than what is left of ten minutes. */
const LAST_START_MS = 500_000;

/** Holds both engines, or one, against theory; prints the table. Gives the exit code. */
export async function selftestCommand(options: SelftestOptions, io: Io): Promise<number> {
  const { engine, quick = false, only = "" } = options;
  const fromMs = performance.now();
  const cases: Case[] = [];
  const interrupt = onInterrupt(io);
  const { signal } = interrupt;
  const progress = (text: string): void => void io.stderr.write(`${text}\n`);
  const onCases = (found: readonly Case[]): void => {
    cases.push(...found);
    for (const { verdict, title } of found) progress(`${verdict}: ${title}`);
  };
  let versions = versionsOf(new Map());
  try {
    if (engine !== "live") {
      const effort = quick ? EFFORT.quick : engine === undefined ? EFFORT.beforeLive : EFFORT.alone;
      await proveVirtually({ effort, only, signal, onCases });
    }
    if (engine !== "simulation" && hasLivePart(only)) {
      for (const left of removeLeftovers()) progress(`removed what the killed run ${left} had left behind`);
      const found = await fetchBalancers(PRODUCTS, { onProgress: progress, signal });
      versions = versionsOf(found);
      const size = quick ? QUICK : FULL;
      const untilMs = fromMs + LAST_START_MS;
      await proveLive({ size, found, only, signal, untilMs, onProgress: progress, onCases });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    interrupt.close();
  }
  if (cases.length === 0 && !signal.aborted)
    throw new UsageError(
      `--only ${only}: no part has that in its name; for example md1, supermarket, balance, live/stall, live/queue/nginx`,
    );
  const result: Selftest = {
    schema: "evenkeel/selftest@1",
    verdict: signal.aborted ? "interrupted" : overall(cases),
    quick,
    tookMs: Math.round(performance.now() - fromMs),
    versions: { ...versions },
    machine: describeMachine(),
    cases,
  };
  const text = options.json
    ? JSON.stringify(selftestSchema.parse(result), null, 2)
    : `${drawCases(cases, { color: wantsColor(io.stdout) })}\n${conclude(result)}`;
  io.stdout.write(`${text}\n`);
  return EXIT_OF[result.verdict];
}

const EXIT_OF: Readonly<Record<Selftest["verdict"], number>> = {
  holds: EXIT.fine,
  fails: EXIT.failure,
  "too busy to judge": EXIT.inconclusive,
  interrupted: EXIT.interrupted,
};

function conclude({ cases, verdict, tookMs }: Selftest): string {
  const count = (which: Case["verdict"]): number => cases.filter((each) => each.verdict === which).length;
  const seconds = (tookMs / 1_000).toFixed(0);
  return `${verdict}: ${count("holds")} cases hold, ${count("fails")} fail, ${count("too busy to judge")} could not be judged, ${count("n/a")} n/a; ${seconds} s`;
}
