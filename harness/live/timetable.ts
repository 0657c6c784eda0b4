import { createAlarm, nowNs } from "../../backends/alarm.ts";

/** Something to do at an instant, nanoseconds of `nowNs`. */
export interface Step {
  readonly atNs: number;
  act(): void | Promise<void>;
}

/** Does each step at its instant. Returns what ends it: steps not begun are left out, those begun are waited for. `onError` hears what went wrong. */
export function playTimetable(steps: readonly Step[], onError: (error: Error) => void): () => Promise<void> {
  const left = steps.toSorted((a, b) => a.atNs - b.atNs);
  const pending = new Set<Promise<void>>();
  const run = (step: Step): void => {
    const action = Promise.resolve()
      .then(step.act)
      .catch((error: unknown) => onError(error instanceof Error ? error : new Error(String(error))))
      .finally(() => pending.delete(action));
    pending.add(action);
  };
  const ring = (): void => {
    const now = nowNs();
    while (left[0] !== undefined && left[0].atNs <= now) run(left.shift() as Step);
    if (left[0] !== undefined) alarm.set(left[0].atNs);
  };
  const alarm = createAlarm(ring);
  // A worker thread of an alarm does not keep the process alive; the load generator's channel does.
  if (left[0] !== undefined) alarm.set(left[0].atNs);
  return async () => {
    left.length = 0;
    await alarm.close();
    await Promise.all(pending);
  };
}
