import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "../../reports/record.ts";
import { renderAll } from "../../reports/render.ts";
import { renderTerminal } from "../../reports/terminal.ts";
import { EXIT, type Io, wantsColor } from "../io.ts";
import { RECORD, type RunFolder } from "../run-folder.ts";
import type { Session } from "../session.ts";

export interface FinishOptions {
  /** Print `result.json` on standard output instead of the comparison. */
  readonly json?: boolean;
  /** What to try next, for people. */
  readonly next: string;
}

/** Writes the reports of a session, prints the comparison and gives the exit code; rethrows what ended it early. */
export async function finishSession(
  { record, failure, startFailures, interrupted }: Session,
  folder: RunFolder,
  options: FinishOptions,
  io: Io,
): Promise<number> {
  const warn = (failed: { readonly name: string }, error: unknown): void => {
    io.stderr.write(
      `evenkeel: the ${failed.name} report could not be made: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  };
  for (const file of await renderAll(record, folder.context, warn)) folder.write(file);
  if (options.json) io.stdout.write(readFileSync(join(folder.path, RECORD), "utf8"));
  else
    io.stdout.write(
      renderTerminal(record, { color: wantsColor(io.stdout), width: io.stdout.columns ?? 100 }),
    );
  for (const reason of startFailures) io.stderr.write(`evenkeel: did not start: ${reason}\n`);
  io.stderr.write(
    `\n${record.run.partial ? "Ended early: what was measured is in" : "Everything is in"} ${folder.path}\nNext: open ${join(folder.path, "report.html")} · ${options.next}\n`,
  );
  if (failure !== null) throw failure;
  return interrupted ? EXIT.interrupted : exitCodeOf(record, startFailures);
}

function exitCodeOf({ trials, objectives }: RunRecord, startFailures: readonly string[]): number {
  if (objectives.some(({ met }) => met === false)) return EXIT.objective;
  if (startFailures.length > 0) return EXIT.environment;
  return trials.every(({ verdict }) => verdict.status === "invalid") ? EXIT.failure : EXIT.fine;
}
