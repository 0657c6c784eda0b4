import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Availability } from "../balancers/balancer.ts";

/** Our own, from package.json: one folder up in a checkout, two in the compiled package. */
export function version(): string {
  const up = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
  return (JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as { version: string }).version;
}

/** What a result depends on: ours, Node's, the balancers' and the load generator's. */
export function versionsOf(balancers: ReadonlyMap<string, Availability>): Readonly<Record<string, string>> {
  const versions: Record<string, string> = { evenkeel: version(), node: process.versions.node };
  const require = createRequire(import.meta.url);
  versions.autocannon = (require("autocannon/package.json") as { version: string }).version;
  for (const [name, found] of balancers)
    if (found.available && name !== "builtin") versions[name] = found.version;
  return versions;
}
