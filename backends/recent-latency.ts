const KEPT = 128;
const NEAREST = 16;
/** Who gets no requests any more, because it was slow, has to be tried again some time. */
const KEPT_MS = 5_000;

/** What a backend says of its latency when it is probed. */
export interface RecentLatency {
  /** An answer that left at `atMs`, to a request that found `inFlight` others. */
  add(latencyMs: number, inFlight: number, atMs: number): void;
  /** Median of the latest answers to requests that found about as many others as there are now; 0 without any. */
  median(inFlight: number, now: number): number;
}

export function createRecentLatency(): RecentLatency {
  const latest: { readonly latencyMs: number; readonly inFlight: number; readonly atMs: number }[] = [];
  let next = 0;
  return {
    add(latencyMs, inFlight, atMs) {
      latest[next] = { latencyMs, inFlight, atMs };
      next = (next + 1) % KEPT;
    },
    median(inFlight, now) {
      const off = (answer: { readonly inFlight: number }): number => Math.abs(answer.inFlight - inFlight);
      const near = latest
        .filter(({ atMs }) => atMs <= now && now - atMs < KEPT_MS)
        .sort((a, b) => off(a) - off(b) || b.atMs - a.atMs)
        .slice(0, NEAREST)
        .sort((a, b) => a.latencyMs - b.latencyMs);
      return near[near.length >> 1]?.latencyMs ?? 0;
    },
  };
}
