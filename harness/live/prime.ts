import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Scenario } from "../../scenarios/scenario.ts";
import type { LoadClient } from "./load-client.ts";

/** For a balancer: a few thousand requests, after which a proxy in JavaScript runs compiled code and its connections are open. */
const BALANCER_MS = 300;
/** For each backend, less when there are many. */
const BACKEND_MS = 300;
const FLEET_MS = 1_500;
const CONNECTIONS = 8;
const HARDLY_ANY_MS = 0.001;

interface Primed {
  readonly load: LoadClient;
  readonly scenario: Scenario;
  /** Where its rows go until they are deleted. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

type Address = { readonly host: string; readonly port: number };

/**
 * Sends short requests through a fresh balancer as fast as a few users can, before the clock of the trial is set: generator and balancer
 * then run warm code in every trial alike. Its requests count nowhere: what they leave behind is forgotten by the reset after it.
 */
export async function primeBalancer(primed: Primed, address: Address): Promise<void> {
  await prime(primed, address, BALANCER_MS);
}

/** The same for new backends, one after the other: otherwise the first contestants would meet slower ones than the last. */
export async function primeBackends(primed: Primed, addresses: readonly Address[]): Promise<void> {
  const each = Math.min(BACKEND_MS, FLEET_MS / addresses.length);
  for (const address of addresses) await prime(primed, address, each);
}

async function prime(
  { load, scenario, folder, signal }: Primed,
  { host: to, port }: Address,
  durationMs: number,
): Promise<void> {
  if (signal.aborted) return;
  const { clients, host } = scenario.traffic;
  const rowsFile = join(folder, "prime.bin");
  await load.play(
    {
      target: { host: to, port },
      seed: 0,
      traffic: {
        model: "closed",
        connections: CONNECTIONS,
        think: 0,
        clients,
        host,
        requests: [{ name: "prime", method: "GET", path: "/", weight: 1, headers: {} }],
        timeout: 5_000,
        warmup: 0,
        duration: durationMs,
      },
      service: { type: "constant", value: HARDLY_ANY_MS },
      capacity: 1,
      zeroNs: String(process.hrtime.bigint()),
      rowsFile,
    },
    { signal, onProgress: () => undefined },
  );
  rmSync(rowsFile, { force: true });
}
