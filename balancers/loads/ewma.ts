import type { Millis } from "#kernel/units.ts";
import type { Load } from "../load.ts";

/** Share of the newest response in the average (NGINX, least_time). */
const ALPHA = 0.05;
/** What a backend without history is taken for: not nothing, or a new one would get every request at once. */
const DEFAULT_MS: Millis = 30;
/** A failure counts as a response at least this slow, or the black hole wins by answering fast. */
const FAILURE_PENALTY_MS: Millis = 5_000;
/** An average that nothing was added to is halved each time this has gone by (NGINX: fail_timeout), so nobody is forgotten for good. */
const HALVED_EVERY_MS: Millis = 10_000;
/** Below it averages are alike, so that requests in flight still tell backends apart. */
const FLOOR_MS: Millis = 0.001;

/**
 * Average latency x (in-flight + 1). The first response is the average, every other one moves it by ALPHA.
 * NGINX, ngx_http_upstream_least_time_module.c, without its rounding to 20 ms; a failure costs the penalty or the slowest
 * response seen, whichever is more.
 */
export function createEwma(size: number): Load {
  const average = new Float64Array(size).fill(DEFAULT_MS);
  const isKnown = new Uint8Array(size);
  const updatedAt = new Float64Array(size);
  let slowest = FAILURE_PENALTY_MS;

  const estimate = (backend: number, now: Millis) =>
    average[backend]! * 0.5 ** Math.floor(Math.max(now - updatedAt[backend]!, 0) / HALVED_EVERY_MS);

  return {
    cost: (backend, pool, now) => Math.max(estimate(backend, now), FLOOR_MS) * (pool.inflight[backend]! + 1),
    joined(backend, now) {
      average[backend] = DEFAULT_MS;
      isKnown[backend] = 0;
      updatedAt[backend] = now;
    },
    finished({ backend, latencyMs, ok }, now) {
      slowest = Math.max(slowest, latencyMs);
      const observed = ok ? latencyMs : slowest;
      const before = isKnown[backend] ? estimate(backend, now) : observed;
      average[backend] = before + ALPHA * (observed - before);
      isKnown[backend] = 1;
      updatedAt[backend] = now;
    },
  };
}
