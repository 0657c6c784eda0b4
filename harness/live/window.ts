import type { Handle } from "../../balancers/runtime.ts";
import { type MachineSample, sampleMachine } from "../measure/machine.ts";

/** What was read outside the requests from the start of the window to the last answer. */
export interface WindowReadings {
  /** Null when the window never began or the balancer is gone: a process that is gone would read as 0. */
  readonly balancer: { readonly cpuNs: number; readonly overMs: number; readonly rssBytes: number } | null;
  readonly machine: MachineSample;
}

/** Reads the balancer and the machine from `zeroNs` on; `stop` may be called twice and gives the same readings. */
export function watchWindow(balancer: Handle, zeroNs: bigint): { stop(): WindowReadings } {
  let machine: ReturnType<typeof sampleMachine> | null = null;
  let cpuBefore = 0;
  let startedNs = 0n;
  let readings: WindowReadings | null = null;
  const begin = (): void => {
    machine = sampleMachine();
    cpuBefore = balancer.cpuNs();
    startedNs = process.hrtime.bigint();
  };
  const timer = setTimeout(begin, Math.max(0, Number(zeroNs - process.hrtime.bigint()) / 1e6));
  const read = (): WindowReadings => {
    clearTimeout(timer);
    if (machine === null) return { balancer: null, machine: { pressure: null, steal: null } };
    const overMs = Number(process.hrtime.bigint() - startedNs) / 1e6;
    const reading = { cpuNs: balancer.cpuNs() - cpuBefore, overMs, rssBytes: balancer.rssBytes() };
    return { balancer: balancer.running ? reading : null, machine: machine.stop() };
  };
  return {
    stop() {
      readings ??= read();
      return readings;
    },
  };
}
