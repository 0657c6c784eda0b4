/** Items that come out when they are due; those of one instant in the order they came. */
export interface DelayLine<Item> {
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
  /** After all that are due at or before this instant; the end, when every delay is the same. */
  const placeOf = (atUs: number): number => {
    let [low, high] = [head, entries.length];
    if (high === head || entries[high - 1]!.atUs <= atUs) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (entries[middle]!.atUs <= atUs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    push(item, atUs) {
      entries.splice(placeOf(atUs), 0, { item, atUs });
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
