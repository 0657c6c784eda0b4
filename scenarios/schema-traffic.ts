import { z } from "zod";
import { serviceSchema } from "#kernel/demand.ts";
import { distributionSchema } from "#kernel/distribution.ts";
import { duration, positiveDuration } from "#kernel/units.ts";
import { arrivalsSchema } from "./arrivals/registry.ts";
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
    .describe("service demand of this request, in the forms of backends.service; default that one"),
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

const commonTraffic = {
  clients: count.max(16_000).default(64).describe("distinct client addresses, in distinct /24s of 127/8"),
  requests: z
    .array(request)
    .min(1)
    .default([{ name: "home", method: "GET", path: "/", weight: 1, headers: {} }])
    .describe("the mix of requests"),
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
