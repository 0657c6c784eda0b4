import { z } from "zod";
import { serviceSchema } from "#kernel/demand.ts";
import { distributionSchema } from "#kernel/distribution.ts";
import { duration, positiveDuration } from "#kernel/units.ts";
import { arrivalsSchema } from "./arrivals/registry.ts";
import { MIX_NAMES } from "./mixes/registry.ts";
import { count, factor, name } from "./schema-words.ts";

const request = z.strictObject({
  name: name.describe("its name in reports"),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "DELETE"]).default("GET").describe("HTTP method"),
  path: z
    .string()
    .regex(/^\/[^\s]*$/, "a path starting with /")
    .default("/")
    .describe("path and query; {client} is the client's number"),
  weight: factor.default(1).describe("relative frequency"),
  service: serviceSchema
    .optional()
    .describe(
      "service demand of this request, in the forms of backends.service; default that one, and without it what its view takes",
    ),
  clientDelay: positiveDuration
    .optional()
    .describe(
      "how long its client takes to send it: sync workers and threads are held meanwhile, which load does not count (simulation)",
    ),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "a header name"),
      z.string().regex(/^[^\r\n\0]*$/, "no line breaks"),
    )
    .default({})
    .describe("names and values; {client} in a value is the client's number"),
  body: z.string().optional().describe("sent as it is"),
});

const sessions = z.strictObject({
  think: z
    .union([duration, distributionSchema], {
      error: 'expected a duration such as "700ms", or a distribution',
    })
    .optional()
    .describe("pause before a page: a duration scales the mix's own pauses to this mean"),
  length: z.number().min(1).max(400).optional().describe("mean pages of a session (geometric)"),
});

const commonTraffic = {
  mix: z.enum(MIX_NAMES).optional().describe("visitors of the shop, instead of requests: see the-shop.md"),
  sessions: z
    .union([z.literal("none"), sessions], { error: 'expected keys and values, or "none"' })
    .optional()
    .describe("of a mix; none plays its requests one by one, by weight (with model: open)"),
  clients: count.max(16_000).default(64).describe("distinct client addresses, in distinct /24s of 127/8"),
  requests: z
    .array(request)
    .min(1)
    .default([{ name: "home", method: "GET", path: "/", weight: 1, headers: {} }])
    .describe("the mix of requests, where no mix is named"),
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:_[\]-]+$/, "a host, with a port if it has one")
    .default("shop.example")
    .describe("Host header that the client sends"),
  timeout: positiveDuration.default(5_000).describe("of a request, from the instant it was due"),
  warmup: duration.default(2_000).describe("traffic before the measured window"),
  duration: positiveDuration.default(10_000).describe("the measured window"),
};

/** `traffic` of a scenario. */
export const traffic = z.discriminatedUnion("model", [
  z.strictObject({
    model: z
      .literal("open")
      .describe("open: a timetable, whatever the target does; closed: users who wait for their answers"),
    arrivals: arrivalsSchema,
    ...commonTraffic,
  }),
  z.strictObject({
    model: z.literal("closed"),
    connections: count.max(10_000).describe("users that each send, wait, think"),
    think: z
      .union([duration, distributionSchema], {
        error: 'expected a duration such as "20ms", or a distribution',
      })
      .default(0)
      .describe("pause of a user after each response, or how pauses are distributed"),
    ...commonTraffic,
  }),
]);
