import type { Load } from "../load.ts";

/** Requests that this balancer has at the backend now. */
export const inFlight: Load = { cost: (backend, pool) => pool.inflight[backend]! };
