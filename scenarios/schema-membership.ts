import { z } from "zod";
import { duration } from "#kernel/units.ts";
import { backendWeight, count } from "./schema-words.ts";

const keys = {
  at: duration.describe("when, from the end of warm-up"),
  backend: count.describe("number of the backend, from 1"),
};

/** A backend whose first change is `add` is not one before. */
export const membershipChange = z.discriminatedUnion("change", [
  z.strictObject({ change: z.literal("add"), ...keys }),
  z.strictObject({ change: z.literal("remove"), ...keys }),
  z.strictObject({
    change: z.literal("weight"),
    ...keys,
    weight: backendWeight.describe("what the balancer is told from then on"),
  }),
]);
