import { PRODUCTS } from "../../balancers/fetch/locate.ts";
import { fetchForUser } from "../find-balancers.ts";
import { EXIT, type Io } from "../io.ts";

/** Fetches what is missing; exit 3 when one cannot be had. */
export async function setupCommand(io: Io): Promise<number> {
  const found = await fetchForUser(PRODUCTS, io);
  for (const [name, it] of found) {
    io.stdout.write(
      it.available
        ? `${name} ${it.version} (${it.origin})\n`
        : `${name} is missing: ${it.reason}\n  ${it.advice}\n`,
    );
  }
  return [...found.values()].every(({ available }) => available) ? EXIT.fine : EXIT.environment;
}
