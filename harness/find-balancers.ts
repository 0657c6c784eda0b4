import type { Availability, Balancer } from "../balancers/balancer.ts";
import { daemon, type Fetchable, fetchAll } from "../balancers/fetch/fetch.ts";
import { PRODUCTS } from "../balancers/fetch/locate.ts";
import { balancers } from "../balancers/registry.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { expandBalancer } from "../scenarios/variants.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { EnvironmentError, InterruptedError } from "./trial.ts";

/** Fetches what is missing; Ctrl-C ends it with nothing left behind, as an InterruptedError. */
export async function fetchForUser(
  products: readonly Fetchable[],
  io: Io,
): Promise<ReadonlyMap<string, Availability>> {
  const interrupt = onInterrupt(io, false);
  try {
    return await fetchAll(products, {
      onProgress: (message) => io.stderr.write(`${message}\n`),
      signal: interrupt.signal,
    });
  } catch (error) {
    throw interrupt.signal.aborted ? new InterruptedError() : error;
  } finally {
    interrupt.close();
  }
}

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
  const found = await fetchForUser(wanted.map(daemon), io);
  for (const [name, availability] of found) {
    if (availability.available) continue;
    const message = `${name} is not on this machine: ${availability.reason}\n  ${availability.advice}`;
    if (options.balancer?.some((named) => named.startsWith(name))) throw new EnvironmentError(message);
    io.stderr.write(`${message}\n  Going on without it.\n`);
  }
  return found;
}

/** How the reason begins why a contestant cannot be played that another machine could play. */
export const NOT_HERE = "not on this machine";

/** Every balancer; those that this machine lacks support nothing and say why. */
export function withReasons(found: ReadonlyMap<string, Availability>): readonly Balancer[] {
  return balancers.map((balancer) => {
    const availability = found.get(balancer.name);
    if (availability === undefined || availability.available) return balancer;
    const reason = `${NOT_HERE}: ${availability.reason}`;
    return { ...balancer, supports: () => ({ supported: false, reason }) as const };
  });
}
