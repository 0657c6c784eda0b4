/** Names of algorithms with overlays, as scenarios and the command line write them. */
import { canonicalChoices, choicesProblem, readChoicesName } from "../balancers/choices-name.ts";
import { readComposedName } from "../balancers/composed-name.ts";
import { OVERLAY_NAMES } from "../balancers/overlay-rules.ts";
import { unknownName } from "./nearest.ts";
import type { Scenario } from "./scenario.ts";

const isOverlay = (name: string): boolean => OVERLAY_NAMES.some((overlay) => overlay === name);

/** What is wrong with a name such as `least-connections+slow-start`; null when nothing is. */
export function composedProblem(name: string, algorithms: readonly string[]): string | null {
  const { algorithm, overlays } = readComposedName(name);
  if (isOverlay(algorithm)) {
    const base = overlays.find((other) => algorithms.includes(other)) ?? "round-robin";
    return `${algorithm} is an overlay, and the algorithm comes first: ${base}+${algorithm}`;
  }
  const isThere = algorithms.includes(algorithm) || readChoicesName(canonicalChoices(algorithm)) !== null;
  if (!isThere) return choicesProblem(algorithm) ?? unknownName("algorithm", algorithm, algorithms);
  for (const [i, overlay] of overlays.entries()) {
    if (algorithms.includes(overlay))
      return `${name} has two algorithms, ${algorithm} and ${overlay}: one of them chooses`;
    if (!isOverlay(overlay)) return unknownName("overlay", overlay, OVERLAY_NAMES);
    if (overlays.indexOf(overlay) < i) return `${name} has ${overlay} twice`;
  }
  return null;
}

/** An overlay that the scenario gives nothing to do; null when there is none. */
export function idleOverlay(name: string, { backends }: Pick<Scenario, "backends">): string | null {
  const tiers = new Set(backends.override.map(({ priority = 0 }) => priority));
  if (backends.override.length < backends.count) tiers.add(0);
  if (readComposedName(name).overlays.includes("priority") && tiers.size < 2)
    return `${name} needs backends of more than one tier: give some in backends.override a priority of 1`;
  return null;
}
