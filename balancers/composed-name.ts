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

/** The same name with its overlays in the order of the alphabet: the order says nothing, so one contestant has one name. */
export function canonicalName(name: string): string {
  const { algorithm, overlays } = readComposedName(name);
  return [algorithm, ...[...overlays].sort()].join("+");
}

/** Why a product does not have a composed name. */
export const OVERLAYS_ELSEWHERE = "overlays run in the builtin proxy and in the simulator";
