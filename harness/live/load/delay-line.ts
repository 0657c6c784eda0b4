/** Items that come out after a delay that is the same for all of them: first in, first out. */
export interface DelayLine<Item> {
  /** `atUs` must not be below the one pushed before. */
  push(item: Item, atUs: number): void;
  /** When the first item is due, infinity when there is none. */
  readonly nextUs: number;
  /** The first item, when it is due. */
  shift(nowUs: number): Item | undefined;
}

const COMPACT_ABOVE = 1_024;

export function createDelayLine<Item>(): DelayLine<Item> {
  let entries: { readonly item: Item; readonly atUs: number }[] = [];
  let head = 0;
  return {
    push(item, atUs) {
      entries.push({ item, atUs });
    },
    get nextUs() {
      return entries[head]?.atUs ?? Number.POSITIVE_INFINITY;
    },
    shift(nowUs) {
      const entry = entries[head];
      if (entry === undefined || entry.atUs > nowUs) return undefined;
      head += 1;
      if (head > COMPACT_ABOVE && head * 2 > entries.length) {
        entries = entries.slice(head);
        head = 0;
      }
      return entry.item;
    },
  };
}
