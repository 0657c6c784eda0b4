/** Words that the parts of a scenario share. */
import { z } from "zod";
import { canonicalName } from "../balancers/composed-name.ts";

export const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "lower-case words joined by hyphens");
export const composedName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(\+[a-z0-9-]+)*$/, "an algorithm, with overlays after a +")
  .transform(canonicalName);
export const count = z.int().min(1);
export const factor = z.number().positive();
/** Of a backend; beyond, a ring of 160 points per unit would hold millions for one backend. */
export const backendWeight = factor.max(10_000);
export const MOST_BACKENDS = 100_000;
