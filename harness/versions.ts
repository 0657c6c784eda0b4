import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Availability } from "../balancers/balancer.ts";

/** Our own package.json: one folder up in a checkout, two in the compiled package. */
function manifest(): { readonly version: string } {
  const near = new URL("../package.json", import.meta.url);
  const far = new URL("../../package.json", import.meta.url);
  const own = [near, far]
    .filter((url) => existsSync(url))
    .map((url) => JSON.parse(readFileSync(url, "utf8")) as { name?: string; version: string });
  const found = own.find(({ name }) => name === "evenkeel");
  if (found === undefined) throw new Error("cannot find the package.json of evenkeel");
  return found;
}

export function version(): string {
  return manifest().version;
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
