import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { ALGORITHM_FILE } from "../balancers/algorithm.ts";
import { canonicalName } from "../balancers/composed-name.ts";
import { CLIENT_ADDRESS, HASH_KEY } from "../balancers/hash-key.ts";
import { overlaysSchema } from "../balancers/overlays/registry.ts";
import { count } from "./schema-words.ts";
import { VARIANT_NAMES } from "./variants.ts";

const balancerName = z.enum(VARIANT_NAMES);
const ownConfig = z.union([
  z.strictObject({ nginx: z.string().min(1) }),
  z.strictObject({ haproxy: z.string().min(1) }),
]);

/** What has been loaded from a file goes by its name from then on. */
const algorithm = z
  .string()
  .regex(
    new RegExp(`(^[a-z0-9][a-z0-9-]*|${ALGORITHM_FILE.source.replace("$", "")})(\\+[a-z0-9-]+)*$`),
    "an algorithm, with overlays after a +, or a file that ends in .ts, .mts, .js or .mjs",
  )
  .transform(canonicalName);

/** `contestants` of a scenario. */
export const contestants = z.strictObject({
  balancers: z
    .array(z.union([balancerName, ownConfig]))
    .min(1)
    .describe("names, or a configuration file of your own; NAME-native and nginx-no-zone name one setting"),
  algorithms: z
    .array(algorithm)
    .min(1)
    .default(["round-robin"])
    .describe(
      "names, or files of your own relative to this one, each alone or with overlays: least-connections+slow-start; see algorithms.md, overlays.md",
    ),
  overlays: overlaysSchema.optional().describe("parameters of overlays, for the names that have them"),
  hashKey: z
    .string()
    .regex(HASH_KEY, "client-address, path, header:NAME or cookie:NAME")
    .default(CLIENT_ADDRESS)
    .describe(
      "what hash-modulo, consistent-hash, bounded-load-hash, maglev and rendezvous go by: client-address, path, header:NAME or cookie:NAME",
    ),
  workers: count.max(64).default(1).describe("NGINX workers, HAProxy threads, builtin processes"),
  instances: count
    .max(1_000)
    .default(1)
    .describe("balancers side by side, each with a view of its own and as many of the requests (simulation)"),
  loadInfo: z
    .strictObject({
      every: positiveDuration.describe("how often backends report it, to all balancers at once"),
    })
    .optional()
    .describe(
      "what balancers know of the load is as old as the last report (simulation); default all at once",
    ),
  zone: z
    .enum(["shared", "none", "both"])
    .optional()
    .describe(
      "NGINX peer state: shared by its workers or one each; default shared, and both when workers is above 1",
    ),
  tuning: z
    .enum(["parity", "native", "both"])
    .default("parity")
    .describe("all set alike, or as each product recommends (NAME-native in reports)"),
  control: z
    .string()
    .regex(/^[a-z-]+\/[a-z0-9-]+(\+[a-z0-9-]+)*$/, "BALANCER/ALGORITHM")
    .transform(canonicalName)
    .optional()
    .describe("contestant that runs twice: what differs is noise"),
});
