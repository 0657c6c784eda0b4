import type { Millis } from "#kernel/units.ts";
import type { Dispatcher } from "../../balancers/dispatcher.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
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
      for (const dispatcher of dispatchers) change(dispatcher, one, now);
    });
}

function change(dispatcher: Dispatcher, one: Scenario["membership"][number], now: Millis): void {
  const backend = one.backend - 1;
  if (one.change === "add") dispatcher.add(backend, now);
  else if (one.change === "remove") dispatcher.remove(backend, now);
  else dispatcher.reweigh(backend, one.weight, now);
}

/** Who is added before anything else is done to it has not been there before. */
function absentAtFirst(changes: Scenario["membership"]): readonly number[] {
  const moves = changes.filter(({ change }) => change !== "weight").toSorted((a, b) => a.at - b.at);
  const first = new Map(moves.toReversed().map(({ backend, change }) => [backend, change]));
  return [...first].filter(([, change]) => change === "add").map(([backend]) => backend);
}
