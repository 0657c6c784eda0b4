import { fetchBalancers } from "../../balancers/fetch/fetch.ts";
import { EXIT, type Io } from "../io.ts";

const PRODUCTS = ["nginx", "haproxy"] as const;

/** Fetches what is missing; exit 3 when one cannot be had. */
export async function setupCommand(io: Io): Promise<number> {
  const found = await fetchBalancers(PRODUCTS, { onProgress: (message) => io.stderr.write(`${message}\n`) });
  for (const [name, it] of found) {
    io.stdout.write(
      it.available
        ? `${name} ${it.version} (${it.origin})\n`
        : `${name} is missing: ${it.reason}\n  ${it.advice}\n`,
    );
  }
  return [...found.values()].every(({ available }) => available) ? EXIT.fine : EXIT.environment;
}
