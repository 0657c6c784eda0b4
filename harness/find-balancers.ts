import type { Availability, Balancer } from "../balancers/balancer.ts";
import { fetchBalancers } from "../balancers/fetch/fetch.ts";
import { balancers } from "../balancers/registry.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { expandBalancer } from "../scenarios/variants.ts";
import type { Io } from "./io.ts";
import { EnvironmentError } from "./trial.ts";

const PRODUCTS = ["nginx", "haproxy"] as const;

/** What the scenarios need, fetched where it is missing. One that the user named and that cannot be had is an EnvironmentError. */
export async function findBalancers(
  scenarios: readonly LoadedScenario[],
  options: { readonly balancer?: readonly string[]; readonly dryRun?: boolean },
  io: Io,
): Promise<ReadonlyMap<string, Availability>> {
  const kinds = scenarios.flatMap(({ scenario }) =>
    scenario.contestants.balancers.flatMap((entry) =>
      typeof entry === "string"
        ? expandBalancer(entry, scenario.contestants).map(({ balancer }) => balancer as string)
        : Object.keys(entry),
    ),
  );
  const wanted = PRODUCTS.filter((product) => kinds.includes(product));
  // A dry run says what would be played; it fetches nothing.
  if (options.dryRun) return new Map();
  const found = await fetchBalancers(wanted, { onProgress: (message) => io.stderr.write(`${message}\n`) });
  for (const [name, availability] of found) {
    if (availability.available) continue;
    const message = `${name} is not on this machine: ${availability.reason}\n  ${availability.advice}`;
    if (options.balancer?.some((named) => named.startsWith(name))) throw new EnvironmentError(message);
    io.stderr.write(`${message}\n  Going on without it.\n`);
  }
  return found;
}

/** Every balancer; those that this machine lacks support nothing and say why. */
export function withReasons(found: ReadonlyMap<string, Availability>): readonly Balancer[] {
  return balancers.map((balancer) => {
    const availability = found.get(balancer.name);
    if (availability === undefined || availability.available) return balancer;
    const reason = `not on this machine: ${availability.reason} ${availability.advice}`;
    return { ...balancer, supports: () => ({ supported: false, reason }) as const };
  });
}
