/** A seeded stream of random numbers that can be forked into independent ones. */
export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform in 0 .. bound - 1, without bias; bound from 1 to 2^32. */
  int(bound: number): number;
  /**
   * A function of the path of seed and labels alone: the same whatever was drawn or forked before, and it draws nothing.
   * `into`, an earlier fork that nobody uses any more, becomes this one: millions of forks then allocate nothing.
   */
  fork(label: string | number, into?: Rng): Rng;
}

const TWO_32 = 2 ** 32;
const STREAM = 1;
const NUMBER_LABEL = 0x9e3779b9 | 0;
const STRING_LABEL = 0x85ebca6b | 0;
const MIXING_ROUNDS = 12;

/**
 * sfc32 by Chris Doty-Humphrey (PractRand, RNG/sfc.h). The seed path is kept as a key of 96 bits; a fork absorbs its
 * label the way sfc32 is seeded (into b and c, then 12 rounds). Distinct integers under one key never share a key,
 * because a round is a bijection; a counter of its own keeps streams and both kinds of label apart.
 */
class Sfc32 implements Rng {
  #keyA: number;
  #keyB: number;
  #keyC: number;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(a: number, b: number, c: number) {
    this.#keyA = this.#a = a;
    this.#keyB = this.#b = b;
    this.#keyC = this.#c = c;
    this.#counter = STREAM;
  }

  #word(): number {
    const word = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word >>> 0;
  }

  next(): number {
    const high = this.#word() >>> 5;
    return (high * 2 ** 26 + (this.#word() >>> 6)) / 2 ** 53;
  }

  int(bound: number): number {
    if (!(Number.isInteger(bound) && bound >= 1 && bound <= TWO_32)) {
      throw new RangeError(`int needs an integer from 1 to 2^32, got ${bound}`);
    }
    if (bound === 1) return 0;
    const mask = -1 >>> Math.clz32(bound - 1);
    let draw = (this.#word() & mask) >>> 0;
    while (draw >= bound) draw = (this.#word() & mask) >>> 0;
    return draw;
  }

  fork(label: string | number, into?: Rng): Rng {
    const child = into instanceof Sfc32 ? into : new Sfc32(0, 0, 0);
    if (typeof label === "number") {
      if (!Number.isSafeInteger(label))
        throw new RangeError(`a label must be a string or an integer, got ${label}`);
      const high = label >= 0 && label < TWO_32 ? 0 : Math.floor(label / TWO_32) | 0;
      child.#seed(this.#keyA, this.#keyB ^ (label | 0), this.#keyC ^ high, NUMBER_LABEL);
      return child;
    }
    child.#a = this.#keyA;
    child.#b = this.#keyB;
    child.#c = this.#keyC;
    child.#counter = STRING_LABEL;
    for (let at = 0; at < label.length; at++) {
      child.#b ^= label.charCodeAt(at);
      child.#word();
    }
    child.#seed(child.#a, child.#b, child.#c, child.#counter);
    return child;
  }

  /** The rounds of `#word` in local variables, because a fork is mostly this. */
  #seed(keyA: number, keyB: number, keyC: number, label: number): void {
    let a = keyA;
    let b = keyB;
    let c = keyC;
    let counter = label;
    for (let round = 0; round < MIXING_ROUNDS; round++) {
      const word = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + word) | 0;
    }
    this.#keyA = this.#a = a;
    this.#keyB = this.#b = b;
    this.#keyC = this.#c = c;
    this.#counter = STREAM;
  }
}

/** The root of a seed path; `seed` is a string or an integer. */
export function createRng(seed: number | string): Rng {
  return new Sfc32(0, 0, 0).fork(seed);
}
