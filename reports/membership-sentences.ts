/** Changes of who is a backend, in sentences: when, and how soon each balancer acted by them. */
import { list, showMs } from "./figures.ts";
import type { MembershipRecord, TrialRecord } from "./record.ts";

/** `Membership: backend 3 is removed at 2 s, in force after 112 ms (nginx) and after 1.2 ms (haproxy).`, a line per change; the slowest trial of a balancer counts. */
export function membershipTexts(trials: readonly TrialRecord[]): readonly string[] {
  const changes = trials.find(({ membership = [] }) => membership.length > 0)?.membership ?? [];
  return changes.map((one, i) => {
    const what = `Membership: backend ${one.backend} ${done(one)} at ${showMs(one.at)}`;
    const isLive = trials.some(({ engine }) => engine === "live");
    if (!isLive) return `${what}.`;
    const balancers = [...new Set(trials.map(({ balancer }) => balancer))];
    const each = balancers.map((balancer) => {
      const own = trials
        .filter((trial) => trial.balancer === balancer)
        .map(({ membership }) => membership?.[i]);
      const late = own.map((change) => (change?.doneAt == null ? null : change.doneAt - one.at));
      return late.includes(null)
        ? `not in every trial of ${balancer}`
        : `after ${showMs(Math.max(...(late as readonly number[])))} (${balancer})`;
    });
    return `${what}, in force ${list(each)}.`;
  });
}

function done({ change, weight }: MembershipRecord): string {
  if (change === "weight") return `gets weight ${weight}`;
  return change === "add" ? "is added" : "is removed";
}
