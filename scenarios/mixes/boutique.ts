import type { Mix, Page } from "./mix.ts";
import { pickRequests } from "./requests.ts";

/** Tasks of the load generator of Google's Online Boutique (src/loadgenerator/locustfile.py) and their weights. */
const pages: readonly Page[] = [
  { name: "index", weight: 1, requests: ["home"] },
  { name: "set-currency", weight: 2, requests: ["language"] },
  { name: "browse-product", weight: 10, requests: ["product"] },
  { name: "add-to-cart", weight: 2, requests: ["product", "basket-add"] },
  { name: "view-cart", weight: 3, requests: ["basket"] },
  { name: "checkout", weight: 1, requests: ["product", "basket-add", "order"] },
];

export const boutique: Mix = {
  name: "boutique",
  summary: "Google's Online Boutique: mostly product pages, orders without a login.",
  requests: pickRequests(pages.flatMap(({ requests }) => requests)),
  pages,
  landing: ["index"],
  think: { type: "uniform", min: 1_000, max: 10_000 },
  // Its users never leave; these do after as long as TPC-W's.
  length: 128,
  products: { count: 9, zipf: false },
};
