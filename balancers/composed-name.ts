import { canonicalChoices } from "./choices-name.ts";

/** `least-connections+slow-start`: an algorithm with overlays, as it is named everywhere. */
export interface ComposedName {
  /** Name in the registry, or path of a file of the user's own. */
  readonly algorithm: string;
  /** As they were written. */
  readonly overlays: readonly string[];
}

/** A path may hold a `+` itself: what follows its ending are overlays. */
const FILE = /^(.*\/.*?\.[cm]?[jt]s)((?:\+[^+/]*)*)$/;

export function readComposedName(name: string): ComposedName {
  const file = FILE.exec(name);
  const [first = "", ...overlays] = file === null ? name.split("+") : (file[2] as string).split("+");
  return { algorithm: file?.[1] ?? first, overlays };
}

/**
 * The same name with its overlays in the order of the alphabet, because the order says nothing, and `power-of-2-choices` in words: one
 * contestant has one name. A balancer and a slash may stand before it.
 */
export function canonicalName(name: string): string {
  const { algorithm, overlays } = readComposedName(name);
  const at = algorithm.lastIndexOf("/") + 1;
  return [algorithm.slice(0, at) + canonicalChoices(algorithm.slice(at)), ...[...overlays].sort()].join("+");
}

/** Why a product does not have a composed name. */
export const OVERLAYS_ELSEWHERE = "overlays run in the builtin proxy and in the simulator";
