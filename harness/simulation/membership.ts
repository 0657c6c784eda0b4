import type { Millis } from "#kernel/units.ts";
import type { Dispatcher } from "../../balancers/dispatcher.ts";
import { applyChange } from "../../balancers/membership.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { absentAtFirst } from "../../scenarios/standing.ts";
import type { Background } from "./background.ts";

/** Plays a scenario's changes of who is a backend and with which weight, at all instances of a balancer at once. */
export function changeMembership(
  changes: Scenario["membership"],
  dispatchers: readonly Dispatcher[],
  background: Background,
  startsAt: Millis,
): void {
  for (const backend of absentAtFirst(changes))
    for (const dispatcher of dispatchers) dispatcher.remove(backend - 1, startsAt);
  for (const one of changes)
    background.plan(one.at, (now) => {
      for (const dispatcher of dispatchers) applyChange(dispatcher, one.backend - 1, one, now);
    });
}
