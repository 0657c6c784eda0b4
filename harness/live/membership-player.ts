import { nowNs } from "../../backends/alarm.ts";
import type { RunningBalancer } from "../../balancers/balancer.ts";
import type { MembershipRecord } from "../../reports/record.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { playTimetable } from "./timetable.ts";

type Changes = Scenario["membership"];

export interface MembershipPlayer {
  readonly log: readonly MembershipRecord[];
  close(): Promise<void>;
}

const MS = 1e6;

/** Tells the balancer of the scenario's changes, those of one instant together, and notes when it acts by them. `onError` hears of those that it did not do. */
export function playMembership(
  changes: Changes,
  balancer: Pick<RunningBalancer, "change">,
  zeroNs: bigint,
  onError: (error: Error) => void,
): MembershipPlayer {
  const zero = Number(zeroNs);
  const log = changes.map((one): MembershipRecord => ({ ...one, doneAt: null }));
  const instants = [...new Set(changes.map(({ at }) => at))];
  const steps = instants.map((at) => ({
    atNs: zero + at * MS,
    async act() {
      const now = log.filter((entry) => entry.at === at);
      await balancer.change(changes.filter((one) => one.at === at));
      const doneAt = (nowNs() - zero) / MS;
      for (const entry of now) entry.doneAt = doneAt;
    },
  }));
  return { log, close: steps.length === 0 ? async () => undefined : playTimetable(steps, onError) };
}
