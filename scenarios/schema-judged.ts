/** What a scenario says will be seen, and what it requires. */
import { z } from "zod";
import { duration, share } from "#kernel/units.ts";
import { canonicalName } from "../balancers/composed-name.ts";
import { composedName, factor } from "./schema-words.ts";

const metric = z
  .string()
  .regex(/^[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*$/, "a path in result.json, such as latencyMs.p99");

/** One of `claims`. */
export const claim = z.strictObject({
  metric: metric.describe("path of a number in result.json"),
  of: composedName.describe("the algorithm with the lower value"),
  below: composedName.describe("the algorithm with the higher value"),
  ratio: factor.default(1).describe("of / below is at most this"),
});

const limit = z.union([z.number(), share, duration], {
  error: 'expected a number, a share such as "5%" or a duration such as "50ms"',
});

/** One of `objectives`. */
export const objective = z
  .strictObject({
    metric: metric.describe("path of a number in result.json"),
    of: z
      .string()
      .transform(canonicalName)
      .optional()
      .describe("an algorithm or BALANCER/ALGORITHM; default every contestant"),
    atMost: limit.optional().describe("this, or atLeast"),
    atLeast: limit.optional().describe("this, or atMost"),
  })
  .refine(
    (o) => (o.atMost === undefined) !== (o.atLeast === undefined),
    "give atMost or atLeast, one of them",
  );
