/** A ring of marks, one bit each: the next mark is found 32 places at a time. */
export interface BitRing {
  set(place: number): void;
  unset(place: number): void;
  /** The first marked place from `place` on, around the ring; -1 when there is none. */
  firstFrom(place: number): number;
}

/** `places` is a multiple of 32. */
export function createBitRing(places: number): BitRing {
  const words = new Int32Array(places / 32);
  return {
    set(place) {
      words[place >> 5]! |= 1 << (place & 31);
    },
    unset(place) {
      words[place >> 5]! &= ~(1 << (place & 31));
    },
    firstFrom(place) {
      let at = place >> 5;
      let word = words[at]! & (-1 << (place & 31));
      // The word of `place` is looked at once more in the end, for what lies before it.
      for (let left = words.length; word === 0 && left > 0; left--) {
        at = at + 1 === words.length ? 0 : at + 1;
        word = words[at]!;
      }
      return word === 0 ? -1 : (at << 5) + 31 - Math.clz32(word & -word);
    },
  };
}
