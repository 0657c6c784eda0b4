import { createServer } from "node:net";
import { createAlarm } from "../../../backends/alarm.ts";
import { clientAddress } from "../../traffic/client-address.ts";
import { createClosedDriver } from "./closed.ts";
import { createOpenDriver } from "./open.ts";
import type { LoadOrder, LoadPlan, LoadReport } from "./plan.ts";
import { play } from "./play.ts";

let ring: () => void = () => {};
const alarm = createAlarm(() => ring());
let current: AbortController | null = null;

/** Linux answers on all of 127/8, macOS on 127.0.0.1 alone. */
function canBind(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(0, address, () => probe.close(() => resolve(true)));
  });
}

function report(message: LoadReport): void {
  // The parent may be gone already; the disconnect handler ends this process then.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

async function playOne(plan: LoadPlan, canSpread: boolean): Promise<void> {
  if (current !== null)
    return report({ type: "failed", message: "the load process is busy with another trial" });
  const controller = new AbortController();
  current = controller;
  try {
    const summary = await play(plan, plan.traffic.model === "open" ? createOpenDriver : createClosedDriver, {
      setAlarm(atNs, onRing) {
        ring = onRing;
        alarm.set(atNs);
      },
      clearAlarm() {
        ring = () => {};
        alarm.clear();
      },
      signal: controller.signal,
      distinctClients: canSpread && plan.target.host.startsWith("127."),
      onProgress: report,
    });
    current = null;
    report({ type: "done", summary });
  } catch (error) {
    current = null;
    report({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

process.on("disconnect", () => process.exit(0));

const canSpread = await canBind(clientAddress(0));
process.on("message", (order: LoadOrder) => {
  if (order.type === "play") void playOne(order.plan, canSpread);
  else current?.abort();
});
report({ type: "ready" });
