import type { Dispatcher } from "../dispatcher.ts";
import { applyChange, type MembershipChange } from "../membership.ts";

/** Over IPC, from whoever started the proxy: no port is opened, so nobody else can change it. */
export interface ChangeMessage {
  readonly type: "change";
  /** Named in the answer. */
  readonly number: number;
  readonly changes: readonly MembershipChange[];
}

/** Said when the proxy acts by it; with several processes, when all do. */
export interface ChangedMessage {
  readonly type: "changed";
  readonly number: number;
}

/** Applies changes at this instant; `ids` are those of the backends in their order. */
export function applyChanges(
  dispatcher: Dispatcher,
  ids: readonly number[],
  changes: readonly MembershipChange[],
): void {
  const now = performance.now();
  for (const one of changes) {
    const backend = ids.indexOf(one.backend);
    if (backend < 0) throw new Error(`a change names backend ${one.backend}, which is not there`);
    applyChange(dispatcher, backend, one, now);
  }
}

/** Counts what the processes say: `all` hears of a number when each of `count` has said it. */
export function whenAllChanged(
  count: number,
  all: (message: ChangedMessage) => void,
): (message: ChangedMessage) => void {
  const heard = new Map<number, number>();
  return (message) => {
    const times = (heard.get(message.number) ?? 0) + 1;
    heard.set(message.number, times);
    if (times === count) all(message);
  };
}
