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
  const look = (): void => {
    const restMs = last + limitMs() - performance.now();
    if (restMs <= 0) expired();
    else timer = setTimeout(look, Math.min(restMs, stepMs));
  };
  let timer = setTimeout(look, stepMs);
  return {
    progress() {
      last = performance.now();
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
