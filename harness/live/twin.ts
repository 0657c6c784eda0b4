import type { PlannedTrial } from "../trial.ts";
import { type PlayInputs, playTrial, rowsOf } from "./play.ts";
import type { Instance } from "./stage.ts";

/**
 * Plays the same trial without its faults, on an instance of its own; gives the path of its rows, which stay in the run folder. Null when
 * that play cannot be trusted: a comparison with it would be none.
 */
export async function playTwin(
  inputs: Omit<PlayInputs, "instance" | "twinRows">,
  start: () => Promise<Instance>,
  close: (instance: Instance) => Promise<void>,
): Promise<string | null> {
  const scenario = { ...inputs.scenario, faults: [] };
  const trial: PlannedTrial = { ...inputs.trial, id: `${inputs.trial.id}/without-faults`, scenario };
  const instance = await start();
  try {
    const played = await playTrial({ ...inputs, scenario, trial, instance, twinRows: null });
    return played.verdict.status === "invalid" ? null : inputs.folder.place(rowsOf(trial));
  } finally {
    await close(instance);
  }
}
