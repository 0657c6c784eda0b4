import type { Load } from "../load.ts";

/** Requests that this balancer has at the backend now. */
export const inFlight: Load = { cost: (backend, pool) => pool.inflight[backend]! };

/** The same per unit of weight. */
export const inFlightPerWeight: Load = {
  cost: (backend, { inflight, weight }) => inflight[backend]! / weight[backend]!,
};

/** How long the next request would take when the weight is the speed and those in flight are served first: (in-flight + 1) / weight. */
export const expectedDelay: Load = {
  cost: (backend, { inflight, weight }) => (inflight[backend]! + 1) / weight[backend]!,
};

/** The expected delay, but nothing at an idle backend, however slow it is. */
export const expectedDelayUnlessIdle: Load = {
  cost: (backend, pool, now) => (pool.inflight[backend] === 0 ? 0 : expectedDelay.cost(backend, pool, now)),
};
