import type { Millis } from "#kernel/units.ts";
import type { Algorithm, BackendIndex, Pool } from "./algorithm.ts";

/** The half of an algorithm that learns: what the next request at a backend would cost; lower is better. */
export interface Load extends Omit<Algorithm, "pick"> {
  cost(backend: BackendIndex, pool: Pool, now: Millis): number;
}
