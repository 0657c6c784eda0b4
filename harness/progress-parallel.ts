import type { TrialRecord } from "../reports/record.ts";
import { outcome } from "./progress.ts";
import type { PlannedTrial, Progress } from "./trial.ts";

/** Plays trials, `most` at once, in the order of the plan; on standard error a line that counts on a terminal, a line per trial elsewhere. */
export async function showParallel(
  trials: readonly PlannedTrial[],
  most: number,
  play: (trial: PlannedTrial, onProgress: (progress: Progress) => void) => Promise<TrialRecord>,
): Promise<void> {
  const { stderr } = process;
  const live = stderr.isTTY === true;
  const waiting = trials.values();
  let ended = 0;
  let failed = false;
  const show = (text: string): void => {
    const line = `${ended} of ${trials.length} trials  ${text}`;
    // Back to the start of the line, and away with what was there.
    if (live) stderr.write(`\r\x1b[2K${line.slice(0, (stderr.columns ?? 80) - 1)}`);
    else stderr.write(`✔ ${line}\n`);
  };
  const lane = async (): Promise<void> => {
    for (const trial of waiting) {
      if (failed) return;
      try {
        const record = await play(trial, () => undefined);
        ended += 1;
        show(`${trial.id}  ${outcome(record)}`);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  if (live) show("");
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(most, trials.length) }, lane));
  if (live) stderr.write("\n");
  for (const each of lanes) if (each.status === "rejected") throw each.reason;
}
