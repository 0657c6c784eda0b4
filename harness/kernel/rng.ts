/** A seeded stream of random numbers that can be forked into independent ones. */
export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform in 0 .. bound - 1, without bias; bound from 1 to 2^32. */
  int(bound: number): number;
  /** A function of the path of seed and labels alone: the same whatever was drawn or forked before, and it draws nothing. */
  fork(label: string | number): Rng;
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

  fork(label: string | number): Rng {
    const child = new Sfc32(this.#keyA, this.#keyB, this.#keyC);
    if (typeof label === "number") child.#absorbNumber(label);
    else child.#absorbString(label);
    for (let round = 0; round < MIXING_ROUNDS; round++) child.#word();
    child.#keyA = child.#a;
    child.#keyB = child.#b;
    child.#keyC = child.#c;
    child.#counter = STREAM;
    return child;
  }

  #absorbNumber(label: number): void {
    if (!Number.isSafeInteger(label))
      throw new RangeError(`a label must be a string or an integer, got ${label}`);
    this.#counter = NUMBER_LABEL;
    this.#b ^= label | 0;
    this.#c ^= Math.floor(label / TWO_32) | 0;
  }

  #absorbString(label: string): void {
    this.#counter = STRING_LABEL;
    for (let at = 0; at < label.length; at++) {
      this.#b ^= label.charCodeAt(at);
      this.#word();
    }
  }
}

/** The root of a seed path; `seed` is a string or an integer. */
export function createRng(seed: number | string): Rng {
  return new Sfc32(0, 0, 0).fork(seed);
}
