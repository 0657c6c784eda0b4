import { setImmediate, setTimeout } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";

const SETTLE_MS = 200;

/**
 * Waits (bounded) until no backend works on a request that its client gave up, and until what they wrote to their ledgers has been read. A
 * backend that is down cannot be asked; what still runs after the bound belongs to requests that were given up long ago.
 */
export async function settle(fleet: Fleet): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  while (performance.now() < deadline && (await busy(fleet))) await setTimeout(10);
  // A ledger entry is in its pipe before the answer to `stats` is on its way; two turns of the loop read it.
  await setImmediate();
  await setImmediate();
}

async function busy(fleet: Fleet): Promise<boolean> {
  const running = fleet.members.filter(({ process }) => process.handle.running);
  const stats = await Promise.all(running.map(({ process }) => process.stats()));
  return stats.some(({ inFlight }) => inFlight > 0);
}
