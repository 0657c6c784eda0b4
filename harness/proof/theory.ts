/** Known results of queueing theory. Unit of time: the mean service time; `load` is the offered rate over the capacity, below 1. */

/** Mean time in system of M/M/1: what random routing makes of every backend with one worker and exponential service. */
export function singleQueueTime(load: number): number {
  return 1 / (1 - load);
}

/** Quantile `p` in [0, 1) of an exponential time in system with this mean: M/M/1 and GI/M/1. */
export function exponentialQuantile(mean: number, p: number): number {
  return -mean * Math.log1p(-p);
}

/** Mean time in system of M/G/1 with a squared coefficient of variation `cs2` of the service times (Pollaczek, Khinchine). */
export function generalServiceTime(load: number, cs2: number): number {
  return 1 + (load * (1 + cs2)) / (2 * (1 - load));
}

/** Mean time in system of M/M/c at `load` per server (Erlang C): the least that a rule can reach that knows no sizes. */
export function centralQueueTime(servers: number, load: number): number {
  const offered = servers * load;
  let blocking = 1;
  for (let k = 1; k <= servers; k++) blocking = (offered * blocking) / (k + offered * blocking);
  return 1 + blocking / (1 - load * (1 - blocking)) / (servers * (1 - load));
}

/** Mean time in system of round robin over n: GI/M/1 with Erlang-n arrivals, sigma = (n rho / (n rho + 1 - sigma))^n. Its distribution is exponential. */
export function roundRobinTime(backends: number, load: number): number {
  const offered = backends * load;
  let sigma = 0.5;
  for (let step = 0; step < 10_000; step++) sigma = (offered / (offered + 1 - sigma)) ** backends;
  return 1 / (1 - sigma);
}

/** Mean time in system under the shortest of `choices` queues drawn at random, for infinitely many backends (Mitzenmacher 1996). */
export function supermarketTime(choices: number, load: number): number {
  if (choices === 1) return singleQueueTime(load);
  let total = 0;
  for (let i = 1, power = 1; power > 1e-12; i++) {
    power = load ** ((choices ** i - choices) / (choices - 1));
    total += power;
  }
  return total;
}

/** Share of the capacity of `backends` exponential single-worker backends that `users` who never pause complete under random routing. */
export function closedShare(users: number, backends: number): number {
  return users / (users + backends - 1);
}

/** Relative standard deviation of the shares of `backends` with `points` each at random on a ring: a Dirichlet distribution. */
export function ringDeviation(backends: number, points: number): number {
  return Math.sqrt((backends - 1) / (backends * points + 1));
}

/** A whole target that stands still once; milliseconds. */
export interface Stall {
  readonly stallMs: number;
  readonly durationMs: number;
  /** Latency without the stall. */
  readonly baseMs: number;
  /** Arrival rate over the rate at which the backlog drains. */
  readonly load: number;
}

/** Quantile `p` of latency: of an arrival at x into the stall is S - x (1 - rho) + b (reference: Tene's test). */
export function stallQuantile({ stallMs, durationMs, baseMs, load }: Stall, p: number): number {
  return baseMs + Math.max(0, stallMs - (1 - p) * durationMs * (1 - load));
}

/** Mean latency: b + S^2 / (2 D (1 - rho)). */
export function stallMean({ stallMs, durationMs, baseMs, load }: Stall): number {
  return baseMs + stallMs ** 2 / (2 * durationMs * (1 - load));
}
