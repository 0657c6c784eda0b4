import type { Millis } from "#kernel/units.ts";

/** Watches one exchange for silence; `progress` is cheap enough to call per chunk. */
export interface SilenceWatch {
  progress(): void;
  stop(): void;
}

/**
 * Calls `expired` once when nothing happened for `limitMs()`, which may differ with whose turn it is; never below `stepMs`.
 * The timer is not reset by progress: it looks when it fires and goes on for the rest.
 */
export function watchSilence(stepMs: Millis, limitMs: () => Millis, expired: () => void): SilenceWatch {
  let last = performance.now();
  let isStopped = false;
  const restMs = (): Millis => last + limitMs() - performance.now();
  const look = (): void => {
    const rest = restMs();
    if (rest <= 0) setImmediate(decide);
    else timer = setTimeout(look, Math.min(rest, stepMs));
  };
  // After a stall of this process timers come before the bytes that arrived meanwhile: those are read first, then it is decided.
  const decide = (): void => {
    if (isStopped) return;
    if (restMs() <= 0) expired();
    else look();
  };
  let timer = setTimeout(look, stepMs);
  return {
    progress() {
      last = performance.now();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
