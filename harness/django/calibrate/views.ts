/** The views of the shop that a profile measures, and how they are asked. */

/** One request on the wire. */
export interface Asked {
  readonly method: "GET" | "POST";
  readonly target: string;
  /** An urlencoded form. */
  readonly form?: string;
  /** Sent with the session that was logged in and has a basket. */
  readonly session?: boolean;
}

export interface View {
  readonly name: string;
  /** Its route, as in `backends/django/urls.ts`. */
  readonly path: string;
  /** The `n`th request of it. */
  ask(n: number): Asked;
  /** Sent before each, and not measured. */
  readonly before?: Asked;
}

export const LOGIN: Asked = {
  method: "POST",
  target: "/accounts/login/",
  form: "username=demo&password=demo",
};

export const FILL_BASKET: Asked = { method: "POST", target: "/basket/add/7/", session: true };

const get = (name: string, path: string, target: (n: number) => string = () => path): View => ({
  name,
  path,
  ask: (n) => ({ method: "GET", target: target(n) }),
});
const own = (view: View): View => ({ ...view, ask: (n) => ({ ...view.ask(n), session: true }) });

/** Products have numbers from 1 to 500, categories to 10. */
const product = (n: number): number => (n % 500) + 1;
const WORDS = ["blue", "lamp", "solid", "chair", "plain", "vase"];

export const VIEWS: readonly View[] = [
  get("healthz", "/healthz/"),
  get("home", "/"),
  get("catalogue", "/catalogue/"),
  get("category", "/catalogue/category/:category/", (n) => `/catalogue/category/category_${(n % 10) + 1}/`),
  get("product", "/catalogue/:product/", (n) => `/catalogue/product-${product(n)}_${product(n)}/`),
  get("search-form", "/search/"),
  get("search", "/search/?q=", (n) => `/search/?q=${WORDS[n % WORDS.length]}`),
  get("products-api", "/api/products/", (n) => `/api/products/?page=${(n % 50) + 1}`),
  own(get("basket", "/basket/")),
  {
    name: "add-to-basket",
    path: "/basket/add/:id/",
    ask: (n) => ({ method: "POST", target: `/basket/add/${(n % 5) + 1}/`, session: true }),
  },
  get("login-form", "/accounts/login/"),
  { name: "login", path: "/accounts/login/", ask: () => LOGIN },
  own(get("profile", "/accounts/profile/")),
  own(get("checkout", "/checkout/")),
  {
    name: "shipping-address",
    path: "/checkout/shipping-address/",
    ask: () => ({ method: "POST", target: "/checkout/shipping-address/", session: true }),
    before: FILL_BASKET,
  },
  { ...own(get("preview", "/checkout/preview/")), before: FILL_BASKET },
  {
    name: "order",
    path: "/checkout/preview/",
    ask: () => ({ method: "POST", target: "/checkout/preview/", session: true }),
    before: FILL_BASKET,
  },
  own(get("thank-you", "/checkout/thank-you/")),
  own(get("orders", "/accounts/orders/")),
  own(get("dashboard", "/dashboard/catalogue/")),
];
