import { createRng } from "#kernel/rng.ts";
import type { Mix } from "../../scenarios/mixes/mix.ts";
import type { MixPlan } from "../../scenarios/mixes/plan.ts";
import type { Phase } from "./work.ts";

const PRODUCT = "{product}";

/** `text` about one product; `{product}` is its number, from 1. */
export function aboutProduct(text: string, product: number): string {
  return text.includes(PRODUCT) ? text.replaceAll(PRODUCT, String(product)) : text;
}

/** What request k is about; a request of a session has one number whether it falls into the window or before. */
export function productsOf(plan: MixPlan, seed: number): (k: number, phase: Phase) => number {
  const draw = createProducts(plan.mix.products, seed);
  return plan.sessions === null ? draw : (k) => draw(k, "window");
}

/** The product of request k from (seed, k) alone: by rank with probability 1 / rank (Zipf), or all alike. */
export function createProducts(
  { count, zipf }: Mix["products"],
  seed: number,
): (k: number, phase: Phase) => number {
  const root = createRng(seed).fork("product");
  const streams = { window: root.fork("window"), warmup: root.fork("warmup") };
  const stream = root.fork("any");
  const limits = new Float64Array(count);
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) {
    sum += zipf ? 1 / rank : 1;
    limits[rank - 1] = sum;
  }
  return (k, phase) => {
    const draw = streams[phase].fork(k, stream).next() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (draw < (limits[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low + 1;
  };
}
