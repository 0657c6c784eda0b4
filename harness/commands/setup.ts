import type { Availability } from "../../balancers/balancer.ts";
import { daemon } from "../../balancers/fetch/fetch.ts";
import { PRODUCTS } from "../../balancers/fetch/locate.ts";
import { djangoProduct } from "../django/product.ts";
import { fetchForUser } from "../find-balancers.ts";
import { EXIT, type Io } from "../io.ts";

/** Fetches what is missing; exit 3 when one cannot be had. */
export async function setupCommand(io: Io): Promise<number> {
  const found = await fetchForUser([...PRODUCTS.map(daemon), djangoProduct], io);
  for (const [name, it] of found) {
    io.stdout.write(
      it.available
        ? `${name} ${describeVersion(it)} (${it.origin})\n`
        : `${name} is missing: ${it.reason}\n  ${it.advice}\n`,
    );
  }
  return [...found.values()].every(({ available }) => available) ? EXIT.fine : EXIT.environment;
}

/** `3.2.25 with gunicorn 20.1.0 on python 3.11.2` of one that is several. */
export function describeVersion({
  version,
  versions = {},
}: Pick<Extract<Availability, { available: true }>, "version" | "versions">): string {
  const { gunicorn, python } = versions;
  return gunicorn === undefined ? version : `${version} with gunicorn ${gunicorn} on Python ${python}`;
}
