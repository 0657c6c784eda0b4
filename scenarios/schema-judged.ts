/** What a scenario says will be seen, and what it requires. */
import { z } from "zod";
import { duration, share } from "#kernel/units.ts";
import { canonicalName } from "../balancers/composed-name.ts";
import { composedName, factor } from "./schema-words.ts";

const metric = z
  .string()
  .regex(/^[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*$/, "a path in result.json, such as latencyMs.p99");

const limit = z.union([z.number(), share, duration], {
  error: 'expected a number, a share such as "5%" or a duration such as "50ms"',
});

/** One of `claims`: two algorithms in a ratio, or one by itself. */
export const claim = z
  .strictObject({
    metric: metric.describe("path of a number in result.json"),
    of: composedName.describe("the algorithm with the lower value, or the only one"),
    below: composedName.optional().describe("the algorithm with the higher value; of / below is judged"),
    ratio: factor.default(1).describe("of / below is at most this, where there is no within"),
    expected: limit
      .optional()
      .describe("the size that is expected: of / below, or without below the metric itself"),
    within: share.optional().describe("how far from expected it may be, as a share of it"),
    source: z.string().min(1).optional().describe("where the expected size comes from"),
  })
  .refine(
    (c) => c.below !== undefined || (c.expected !== undefined && c.within !== undefined),
    "compares of with nothing: give below, or expected and within",
  )
  .refine(
    (c) => c.within === undefined || c.expected !== undefined,
    "within is a share of expected: give that too",
  )
  .refine(
    (c) => c.expected === undefined || c.source !== undefined,
    "says what is expected: give source too, where that number comes from",
  );

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
