import type { Handle } from "../../balancers/runtime.ts";
import { type MachineSample, sampleMachine } from "../measure/machine.ts";

/** What was read outside the requests from the start of the window to the last answer. */
export interface WindowReadings {
  /** CPU time of the balancer and its workers; null when the window never began. */
  readonly balancerCpuNs: number | null;
  readonly balancerRssBytes: number | null;
  /** From the first reading to the last one. */
  readonly elapsedMs: number;
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
    if (machine === null)
      return {
        balancerCpuNs: null,
        balancerRssBytes: null,
        elapsedMs: 0,
        machine: { pressure: null, steal: null },
      };
    const alive = balancer.running;
    return {
      // A process that is gone reads as 0, which would be a false number.
      balancerCpuNs: alive ? balancer.cpuNs() - cpuBefore : null,
      balancerRssBytes: alive ? balancer.rssBytes() : null,
      elapsedMs: Number(process.hrtime.bigint() - startedNs) / 1e6,
      machine: machine.stop(),
    };
  };
  return {
    stop() {
      readings ??= read();
      return readings;
    },
  };
}
