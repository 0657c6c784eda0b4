import type { Mix, Page } from "./mix.ts";
import { pickRequests } from "./requests.ts";

/**
 * TPC Benchmark W 1.8, clause 5.2: shares of the fourteen interactions in percent for browsing (WIPSb), shopping (WIPS) and ordering (WIPSo).
 * The requests of an interaction are those of this shop.
 */
const INTERACTIONS: readonly {
  readonly name: string;
  readonly shares: readonly [browsing: number, shopping: number, ordering: number];
  readonly requests: readonly string[];
  readonly after?: string;
}[] = [
  { name: "home", shares: [29, 16, 9.12], requests: ["home"] },
  { name: "new-products", shares: [11, 5, 0.46], requests: ["new"] },
  { name: "best-sellers", shares: [11, 5, 0.46], requests: ["category"] },
  { name: "product-detail", shares: [21, 17, 12.35], requests: ["product"] },
  { name: "search-request", shares: [12, 20, 14.53], requests: ["search-form"] },
  { name: "search-results", shares: [11, 17, 13.08], requests: ["search"], after: "search-request" },
  { name: "shopping-cart", shares: [2, 11.6, 13.53], requests: ["basket-add", "basket"] },
  {
    name: "customer-registration",
    shares: [0.82, 3, 12.86],
    requests: ["login-page", "login"],
    after: "shopping-cart",
  },
  {
    name: "buy-request",
    shares: [0.75, 2.6, 12.73],
    requests: ["shipping-address", "preview"],
    after: "customer-registration",
  },
  { name: "buy-confirm", shares: [0.69, 1.2, 10.18], requests: ["order", "thank-you"], after: "buy-request" },
  { name: "order-inquiry", shares: [0.3, 0.75, 0.25], requests: ["orders"] },
  { name: "order-display", shares: [0.25, 0.66, 0.22], requests: ["order-detail"], after: "order-inquiry" },
  { name: "admin-request", shares: [0.1, 0.1, 0.12], requests: ["dashboard"] },
  {
    name: "admin-confirm",
    shares: [0.09, 0.09, 0.11],
    requests: ["dashboard-change"],
    after: "admin-request",
  },
];

function tpcW(name: string, column: number, summary: string): Mix {
  const pages = INTERACTIONS.map(
    ({ shares, ...page }): Page => ({ ...page, weight: shares[column] as number }),
  );
  return {
    name,
    summary,
    requests: pickRequests(pages.flatMap(({ requests }) => requests)),
    pages,
    landing: ["home"],
    think: { type: "exponential", mean: 7_000, max: 70_000 },
    // A session of 15 minutes at a page in 7 seconds.
    length: 128,
    products: { count: 1_000, zipf: true },
  };
}

export const browsing = tpcW(
  "browsing",
  0,
  "TPC-W: 95 % of the pages are looked at, 5 % belong to an order.",
);
export const shopping = tpcW(
  "shopping",
  1,
  "TPC-W: 80 % of the pages are looked at, 20 % belong to an order.",
);
export const ordering = tpcW("ordering", 2, "TPC-W: half of the pages belong to an order.");
