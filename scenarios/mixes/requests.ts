import type { MixRequest } from "./mix.ts";

const PRODUCT = "/catalogue/product-{product}_{product}/";
const ADDRESS =
  "first_name=Ada&last_name=Lovelace&line1=12+St+James+Square&postcode=SW1Y+4JH&city=London&country=GB";
const CARD = "card=4111111111111111&month=01&year=2030&cvv=123";

/** Every request that the mixes are made of. */
const ALL = {
  home: { method: "GET", path: "/" },
  new: { method: "GET", path: "/catalogue/?sort=new" },
  category: { method: "GET", path: "/catalogue/category/lamps_1/" },
  "list-api": { method: "GET", path: "/api/products/?page=1" },
  product: { method: "GET", path: PRODUCT, gives: "token" },
  "search-form": { method: "GET", path: "/search/" },
  search: { method: "GET", path: "/search/?q=lamp" },
  language: {
    method: "POST",
    path: "/i18n/setlang/",
    fields: "language=de&next=/",
    needs: ["token"],
    leadsTo: "/",
  },
  basket: { method: "GET", path: "/basket/", session: true },
  "basket-add": {
    method: "POST",
    path: "/basket/add/{product}/",
    fields: "quantity=1",
    needs: ["token"],
    gives: "basket",
    leadsTo: "/basket/",
    session: true,
  },
  "login-page": { method: "GET", path: "/accounts/login/?next=/checkout/", gives: "token" },
  login: {
    method: "POST",
    path: "/accounts/login/",
    fields: "username=demo&password=demo&next=/checkout/",
    needs: ["token"],
    gives: "login",
    leadsTo: "/checkout/",
  },
  checkout: { method: "GET", path: "/checkout/", session: true, gives: "token" },
  "shipping-address": {
    method: "POST",
    path: "/checkout/shipping-address/",
    fields: ADDRESS,
    needs: ["token", "basket"],
    leadsTo: "/checkout/preview/",
    session: true,
  },
  preview: { method: "GET", path: "/checkout/preview/", needs: ["basket"], session: true },
  order: {
    method: "POST",
    path: "/checkout/preview/",
    fields: CARD,
    needs: ["token", "basket"],
    takes: "basket",
    leadsTo: "/checkout/thank-you/",
    session: true,
    isOrder: true,
  },
  "thank-you": { method: "GET", path: "/checkout/thank-you/", session: true },
  orders: { method: "GET", path: "/accounts/orders/", needs: ["login"], session: true },
  "order-detail": { method: "GET", path: "/accounts/orders/1001/", needs: ["login"], session: true },
  dashboard: { method: "GET", path: "/dashboard/catalogue/", needs: ["login"], session: true },
  "dashboard-change": {
    method: "POST",
    path: "/dashboard/catalogue/",
    fields: "product={product}&price=19.90",
    needs: ["token", "login"],
    leadsTo: "/dashboard/catalogue/",
    session: true,
  },
} as const satisfies Readonly<Record<string, Omit<MixRequest, "name">>>;

export type RequestName = keyof typeof ALL;

/** Those of the names, each once, in the order of the table above. */
export function pickRequests(names: Iterable<string>): readonly MixRequest[] {
  const wanted = new Set(names);
  return Object.entries(ALL)
    .filter(([name]) => wanted.has(name))
    .map(([name, request]) => ({ name, ...request }));
}
