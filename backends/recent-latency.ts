const KEPT = 16;
/** Who gets no requests any more, because it was slow, has to be tried again some time. */
const KEPT_MS = 5_000;

/** What a backend says of its latency when it is probed: the median of its latest answers, in ms; 0 without any. */
export interface RecentLatency {
  add(latencyMs: number, now: number): void;
  median(now: number): number;
}

export function createRecentLatency(): RecentLatency {
  const latest: { readonly latencyMs: number; readonly at: number }[] = [];
  let next = 0;
  return {
    add(latencyMs, now) {
      latest[next] = { latencyMs, at: now };
      next = (next + 1) % KEPT;
    },
    median(now) {
      const known = latest.filter(({ at }) => now - at < KEPT_MS).map(({ latencyMs }) => latencyMs);
      return known.toSorted((a, b) => a - b)[known.length >> 1] ?? 0;
    },
  };
}
