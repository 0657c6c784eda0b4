import { z } from "zod";
import { readComposedName } from "./composed-name.ts";
import { overlays, type overlaysSchema } from "./overlays/registry.ts";

/** What a scenario says of overlays: durations in milliseconds, shares in [0, 1]. */
export type OverlaySettings = z.output<typeof overlaysSchema>;
export type OverlayName = (typeof overlays)[number]["name"];
/** The overlays that are in force, each with all its parameters. */
export type OverlayRules = OverlaySettings;

export const OVERLAY_NAMES: readonly OverlayName[] = overlays.map(({ name }) => name);

/** The overlays of a composed name, with the parameters of `settings` or the defaults. Throws for one that there is not. */
export function rulesOf(name: string, settings: OverlaySettings = {}): OverlayRules {
  return Object.fromEntries(
    readComposedName(name).overlays.map((wanted) => {
      const found = overlays.find((overlay) => overlay.name === wanted);
      if (found === undefined) throw new Error(`there is no overlay "${wanted}"`);
      return [found.name, settings[found.name] ?? found.schema.parse({})];
    }),
  );
}

/** The rules as one program hands them to another: every parameter is there, and is a number. */
export const rulesSchema = z.custom<OverlayRules>(isRules, "overlays with all their parameters, as numbers");

function isRules(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(([name, rule]) => {
    const found = overlays.find((overlay) => overlay.name === name);
    if (found === undefined || typeof rule !== "object" || rule === null) return false;
    const [keys, known] = [Object.keys(rule).sort(), Object.keys(found.schema.shape).sort()];
    return keys.join() === known.join() && Object.values(rule).every(Number.isFinite);
  });
}
