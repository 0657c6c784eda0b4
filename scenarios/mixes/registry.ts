import { amazonLike } from "./amazon-like.ts";
import { boutique } from "./boutique.ts";
import type { Mix } from "./mix.ts";
import { browsing, ordering, shopping } from "./tpc-w.ts";

/** Every mix there is. */
export const mixes = [browsing, shopping, ordering, boutique, amazonLike] as const satisfies readonly Mix[];

export const MIX_NAMES = ["browsing", "shopping", "ordering", "boutique", "amazon-like"] as const;
export type MixName = (typeof MIX_NAMES)[number];

export function findMix(name: MixName): Mix {
  const found = mixes.find((mix) => mix.name === name);
  if (found === undefined) throw new Error(`there is no mix "${name}"`);
  return found;
}
