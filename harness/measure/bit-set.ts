/** A set of natural numbers below 2^32: one bit each in pages, so that dense and scattered numbers both stay small. */
export interface BitSet {
  readonly size: number;
  /** False when it was there already. */
  add(k: number): boolean;
  has(k: number): boolean;
}

const PAGE_BITS = 12;
const PAGE_BYTES = 2 ** PAGE_BITS / 8;

export function createBitSet(): BitSet {
  const pages = new Map<number, Uint8Array>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(k) {
      let page = pages.get(k >>> PAGE_BITS);
      if (page === undefined) {
        page = new Uint8Array(PAGE_BYTES);
        pages.set(k >>> PAGE_BITS, page);
      }
      const at = (k >>> 3) % PAGE_BYTES;
      const mask = 1 << (k & 7);
      const before = page[at] as number;
      if ((before & mask) !== 0) return false;
      page[at] = before | mask;
      size += 1;
      return true;
    },
    has(k) {
      const page = pages.get(k >>> PAGE_BITS);
      return page !== undefined && ((page[(k >>> 3) % PAGE_BYTES] as number) & (1 << (k & 7))) !== 0;
    },
  };
}
