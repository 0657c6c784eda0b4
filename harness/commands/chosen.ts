import { type EngineName, whyNot } from "../../scenarios/engines.ts";
import { allOfLibrary } from "../../scenarios/library.ts";
import { type LoadedScenario, loadScenarios } from "../../scenarios/load.ts";
import type { Overrides } from "../../scenarios/overrides.ts";
import type { Io } from "../io.ts";
import { UsageError } from "../trial.ts";

/**
 * The scenarios that a command names, or with `all` those of the library: of these the ones that the other engine alone plays are left out, and said. A named one is refused.
 * Throws UsageError.
 */
export async function chosenScenarios(
  paths: readonly string[],
  {
    all,
    overrides,
    engine,
  }: { readonly all: boolean; readonly overrides: Overrides; readonly engine: EngineName },
  io: Io,
): Promise<readonly LoadedScenario[]> {
  if (all && paths.length > 0)
    throw new UsageError(`--all is every scenario of the library: leave out ${paths.join(" ")}`);
  if (!all && paths.length === 0)
    throw new UsageError("give a scenario file, a name of the library (evenkeel list scenarios), or --all");
  const loaded = await loadScenarios(all ? await allOfLibrary() : paths, overrides);
  return loaded.filter(({ scenario }) => {
    const reason = whyNot(scenario, engine);
    if (reason === null) return true;
    if (!all) throw new UsageError(reason);
    io.stderr.write(`skipped: ${reason}\n`);
    return false;
  });
}
