/** Exact laws of the fullest of `bins` bins. Each is a list: at k the probability that no bin holds more than k balls. */

/** Moments of the fullest bin, in balls. */
export interface Fullest {
  readonly mean: number;
  readonly deviation: number;
}

const NEGLIGIBLE = 1e-13;

/** Every ball into a bin drawn evenly: a multinomial. */
export function fullestOfOneChoice(bins: number, balls: number): Fullest {
  return momentsOf(multinomialLaw(bins, balls));
}

/** Every ball into the emptiest of `choices` different bins drawn evenly, ties even (Azar, Broder, Karlin, Upfal 1999). */
export function fullestOfChoices(bins: number, balls: number, choices: number): Fullest {
  return momentsOf(choicesLaw(bins, balls, choices));
}

/** E[X] is the sum of P(X > k), E[X^2] that of (2k + 1) P(X > k). */
function momentsOf(law: readonly number[]): Fullest {
  let mean = 0;
  let square = 0;
  for (const [k, within] of law.entries()) {
    mean += 1 - within;
    square += (2 * k + 1) * (1 - within);
  }
  return { mean, deviation: Math.sqrt(Math.max(0, square - mean * mean)) };
}

/**
 * A multinomial is independent Poisson variables given that their sum is the number of balls. The sum of the bins' variables, each
 * cut at k, is a convolution, taken at one place from its discrete Fourier transform; what it is without the cut divides it.
 */
export function multinomialLaw(bins: number, balls: number): readonly number[] {
  const rate = balls / bins;
  const masses = poissonMasses(rate, bins);
  const most = masses.length - 1;
  // The sum is at most bins * most: with so many frequencies nothing wraps around.
  const frequencies = Math.max(bins * most, balls) + 1;
  const real = new Float64Array(frequencies);
  const imaginary = new Float64Array(frequencies);
  const atBalls = masses.map((mass, k) => {
    let sum = 0;
    const isPossible = k >= rate;
    for (let f = 0; f < frequencies; f++) {
      const turn = (2 * Math.PI * f) / frequencies;
      real[f]! += mass * Math.cos(turn * k);
      imaginary[f]! += mass * Math.sin(turn * k);
      if (!isPossible) continue;
      const size = Math.hypot(real[f]!, imaginary[f]!) ** bins;
      const angle = bins * Math.atan2(imaginary[f]!, real[f]!);
      sum += size * Math.cos(angle - turn * balls);
    }
    return sum / frequencies;
  });
  const total = atBalls[most]!;
  return atBalls.map((each) => Math.min(1, Math.max(0, each / total)));
}

/** Of 0, 1, ... up to where what is left is negligible in all bins together. */
function poissonMasses(rate: number, bins: number): readonly number[] {
  const masses: number[] = [];
  // By logarithms, because exp(-rate) is 0 for a large rate.
  for (let k = 0, log = -rate; k <= rate || bins * Math.exp(log) > NEGLIGIBLE; k++) {
    masses.push(Math.exp(log));
    log += Math.log(rate) - Math.log(k + 1);
  }
  return masses;
}

/**
 * A dynamic program on occupancy counts. State: how many bins hold at least b + 1, b + 2, ... balls, b being what every bin holds. The next
 * ball lands in a bin of at least i balls when all its choices are among those, and then makes one more bin of i + 1.
 */
export function choicesLaw(bins: number, balls: number, choices: number): readonly number[] {
  const allOf = (some: number): number => {
    let share = 1;
    for (let at = 0; at < choices; at++) share *= Math.max(0, some - at) / (bins - at);
    return share;
  };
  const share = Float64Array.from({ length: bins + 1 }, (_, some) => allOf(some));
  let states = new Map<string, Counts>([["", { counts: [], mass: 1 }]]);
  for (let ball = 0; ball < balls; ball++) states = throwBall(states, bins, share);
  const law: number[] = [];
  for (const { counts, mass } of states.values()) {
    const base = (balls - counts.reduce((sum, each) => sum + each, 0)) / bins;
    const fullest = base + counts.length;
    for (let k = 0; k <= fullest; k++) law[k] ??= 0;
    law[fullest]! += mass;
  }
  for (let k = 1; k < law.length; k++) law[k]! += law[k - 1]!;
  return law.map((within) => within / law.at(-1)!);
}

interface Counts {
  /** At i: bins that hold at least i + 1 balls more than every bin does. */
  readonly counts: readonly number[];
  mass: number;
}

function throwBall(
  states: ReadonlyMap<string, Counts>,
  bins: number,
  share: Float64Array,
): Map<string, Counts> {
  const next = new Map<string, Counts>();
  for (const { counts, mass } of states.values()) {
    for (let level = 0; level <= counts.length; level++) {
      const here = mass * (share[level === 0 ? bins : counts[level - 1]!]! - share[counts[level] ?? 0]!);
      if (here <= NEGLIGIBLE) continue;
      const grown = counts.slice();
      grown[level] = (grown[level] ?? 0) + 1;
      if (grown[0] === bins) grown.shift();
      const key = grown.join();
      const known = next.get(key);
      if (known === undefined) next.set(key, { counts: grown, mass: here });
      else known.mass += here;
    }
  }
  return next;
}

/**
 * Shares of bins with at least 1, 2, ... balls after as many balls as bins, for infinitely many bins: ds_i/dt = s_(i-1)^d - s_i^d
 * over t from 0 to 1 (Mitzenmacher 1996), by the classical Runge-Kutta rule.
 */
export function fluidShares(choices: number, levels: number): readonly number[] {
  const steps = 1_000;
  const slope = (shares: readonly number[]): readonly number[] =>
    shares.map((share, at) => (at === 0 ? 1 : shares[at - 1]! ** choices) - share ** choices);
  const along = (from: readonly number[], by: readonly number[], length: number): readonly number[] =>
    from.map((share, at) => share + (by[at]! * length) / steps);
  let shares: readonly number[] = Array.from({ length: levels }, () => 0);
  for (let step = 0; step < steps; step++) {
    const first = slope(shares);
    const second = slope(along(shares, first, 0.5));
    const third = slope(along(shares, second, 0.5));
    const fourth = slope(along(shares, third, 1));
    shares = shares.map(
      (share, at) => share + (first[at]! + 2 * second[at]! + 2 * third[at]! + fourth[at]!) / (6 * steps),
    );
  }
  return shares;
}
