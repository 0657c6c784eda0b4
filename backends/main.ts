/**
 * One backend as a process: `EVENKEEL_TOKEN=... node main.ts '{"id":1,...}'`. Tells its ports over IPC, or on standard output when it was started by hand.
 */
import type { AddressInfo } from "node:net";
import { createControl } from "./control.ts";
import { openLedger } from "./ledger.ts";
import type { BackendFailed, BackendReady } from "./protocol.ts";
import { createBackend } from "./server.ts";
import { parseSpec } from "./spec.ts";

/** Resolves when the message is on its way, so that a process that exits next does not take it along. */
function tell(message: BackendReady | BackendFailed): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(message, undefined, undefined, () => resolve());
    else process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve());
  });
}

async function main(): Promise<void> {
  // The harness is gone, however it ended: nobody is left to stop us.
  process.once("disconnect", () => process.exit(0));
  const spec = parseSpec(process.argv[2], process.env.EVENKEEL_TOKEN);
  const backend = await createBackend(spec, openLedger());
  const control = createControl(backend, spec.token);
  process.once("SIGTERM", () => {
    void backend.stop().then(() => process.exit(0));
  });
  await new Promise<void>((resolve, reject) => {
    control.once("error", reject);
    control.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  const port = spec.listen ? await backend.listen() : spec.port;
  await tell({ type: "ready", pid: process.pid, port, controlPort: (control.address() as AddressInfo).port });
}

main().catch(async (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  await tell({ type: "failed", message });
  process.exit(1);
});
