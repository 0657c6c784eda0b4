import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { BalancerError } from "../balancer.ts";
import type { Handle } from "../runtime.ts";

const BOUND_MS = 10_000;
const POLL_MS = 5;

/** As NGINX titles its processes. */
const AT_WORK = "nginx: worker process";

/**
 * SIGHUP: the master reads its configuration again and starts new workers; 100 ms later it tells the old ones to take nothing
 * new. Resolves when they do not any more (they say so in their title); what they have in flight they finish. Rejects when
 * NGINX goes on with the old configuration.
 */
export async function reload(handle: Handle, workers: number): Promise<void> {
  // The port is open before there are workers: those of the configuration before would be taken for new ones.
  await atWork(handle, (now) => now.length >= workers);
  const old = new Set(workersAtWork(handle.pid));
  handle.signal("SIGHUP");
  await atWork(handle, (now) => now.length >= workers && now.every((pid) => !old.has(pid)));
}

async function atWork(handle: Handle, isSo: (workers: readonly number[]) => boolean): Promise<void> {
  const until = performance.now() + BOUND_MS;
  while (handle.running) {
    if (isSo(workersAtWork(handle.pid))) return;
    if (performance.now() > until)
      throw new BalancerError(
        `nginx did not take over its new configuration in ${BOUND_MS / 1_000} s`,
        handle.logs(),
      );
    await sleep(POLL_MS);
  }
  throw new BalancerError("nginx ended while it read its new configuration", handle.logs());
}

function workersAtWork(master: number): readonly number[] {
  const children = read(`/proc/${master}/task/${master}/children`).split(" ").filter(Boolean).map(Number);
  return children.filter((pid) => read(`/proc/${pid}/cmdline`).replace(/\0.*$/s, "").trim() === AT_WORK);
}

/** Empty for a process that has gone in between. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
