import type { Mix, Page } from "./mix.ts";
import { pickRequests } from "./requests.ts";

/**
 * An Amazon-like shop. In requests: home 15 %, category 13, list API 10, product 30, search 12, basket 7, add 7, login 1.5, steps of the checkout
 * 3, order 1.5. Who adds has looked at the product; who buys has added, logs in and goes through checkout and address.
 */
const pages: readonly Page[] = [
  { name: "home", weight: 15, requests: ["home"] },
  { name: "category", weight: 13, requests: ["category"] },
  { name: "list", weight: 10, requests: ["list-api"] },
  { name: "product", weight: 23, requests: ["product"] },
  { name: "search", weight: 12, requests: ["search"] },
  { name: "add", weight: 7, requests: ["product", "basket-add", "basket"] },
  { name: "buy", weight: 1.5, requests: ["checkout", "login", "shipping-address", "order"], after: "add" },
];

export const amazonLike: Mix = {
  name: "amazon-like",
  summary:
    "An Amazon-like shop: half of the requests are product pages, categories and searches, 1.5 % are orders.",
  requests: pickRequests(pages.flatMap(({ requests }) => requests)),
  pages,
  landing: ["home", "category", "product"],
  think: { type: "exponential", mean: 7_000, max: 70_000 },
  length: 8,
  products: { count: 1_000, zipf: true },
};
