/**
 * What `tuning: parity` and `tuning: native` set at every balancer alike. Renderers and the builtin proxy read these numbers; docs/parity.md
 * says how each balancer expresses them.
 *
 * The rule of parity, in words of its own:
 * - a failure of a backend is: connection refused, reset or timed out; closed or silent before the response head is complete; an
 *   answer that is not HTTP; silence in the middle of a response. A response with any status, 500 included, is not.
 * - a request is tried again once, at another backend, when its connection could not be made (any method: nothing was sent) or was closed
 *   before the first byte of the response (idempotent methods without a body). A read timeout is not tried again: the
 *   backend may still be working on it, and a second copy would double the load.
 * - `maxFails` failures in a row take a backend out for `failTimeoutMs`; then one request at a time tries it until one succeeds.
 */
export const PARITY = {
  connectMs: 1_000,
  /** Silence of a backend that is a failure; below the 5 s after which a client of a scenario gives up by default. */
  readMs: 4_000,
  /** Silence of a client in the middle of its request, or while it takes no bytes of the response. */
  clientMs: 60_000,
  clientHeaderMs: 60_000,
  /** Idle keep-alive connection of a client. */
  clientKeepAliveMs: 75_000,
  /** Idle keep-alive connection to a backend: below the 2 s of gunicorn's gthread. */
  upstreamIdleMs: 1_000,
  /** Attempts at a request, the first included. */
  tries: 2,
  maxFails: 1,
  failTimeoutMs: 10_000,
  listenBacklog: 4_096,
  /** Largest request or response head. */
  headBytes: 16_384,
  /** Time given to requests in flight after SIGTERM. */
  drainMs: 1_500,
} as const;

/** What `tuning: native` adds where the product can do it. */
export const NATIVE = {
  maxFails: 3,
  /** Backend health view: any status below 400 is a pass. */
  health: { path: "/healthz/", intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 },
  slowStartMs: 5_000,
  /** Retries as a share of requests, and a floor per second (Finagle's RetryBudget: 20 % and 10/s). */
  retryBudget: { ratio: 0.2, minPerSecond: 10 },
} as const;

/** Methods that may be sent twice (RFC 9110 section 9.2.2). */
export const IDEMPOTENT_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"] as const;
