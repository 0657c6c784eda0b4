import { changeProduct, dashboard, login, order, orders, profile } from "./accounts.ts";
import { addToBasket, basket, checkout, placeOrder, preview, shippingAddress, thankYou } from "./buying.ts";
import type { Request, Site, View } from "./http.ts";
import { csrfToken } from "./middleware.ts";
import { form, shopPage, staticPage } from "./pages.ts";
import { LOGIN_URL, redirect } from "./redirects.ts";

/** A view function. */
export type Render = (request: Request, site: Site) => View;

/** One line of the shop's urls.py. */
export interface Url {
  /** Route in Fastify's syntax, with the closing slash that APPEND_SLASH is about. */
  readonly path: string;
  readonly methods: readonly ("GET" | "POST")[];
  /** What the named part of the path must look like. */
  readonly part?: RegExp;
  /** It is about the visitor's session, so who has one that is not known has to log in. */
  readonly isPersonal?: boolean;
  readonly view: Render;
}

const SLUG_AND_ID = /^[-a-zA-Z0-9_]*_[0-9]+$/;
const NUMBER = /^[0-9]+$/;
const GET = ["GET"] as const;
const POST = ["POST"] as const;
const BOTH = ["GET", "POST"] as const;

const fixed = (title: string): Render => {
  const body = staticPage(title, 24_000);
  return () => ({ status: 200, body });
};

/** The pages of a small shop, laid out as django-oscar's, with sizes as measured or proposed in our notes on Django. */
export const urls: readonly Url[] = [
  { path: "/", methods: GET, view: fixed("Welcome") },
  { path: "/healthz/", methods: GET, view: () => ({ status: 200, body: "ok" }) },
  { path: "/catalogue/", methods: GET, view: fixed("All products") },
  { path: "/catalogue/category/:category/", methods: GET, part: SLUG_AND_ID, view: fixed("Category") },
  { path: "/catalogue/:product/", methods: GET, part: SLUG_AND_ID, view: product },
  { path: "/search/", methods: GET, view: search },
  { path: "/api/products/", methods: GET, view: productList },
  { path: "/i18n/setlang/", methods: POST, view: setLanguage },
  { path: "/basket/", methods: GET, isPersonal: true, view: basket },
  { path: "/basket/add/:id/", methods: POST, part: NUMBER, isPersonal: true, view: addToBasket },
  { path: LOGIN_URL, methods: BOTH, view: login },
  { path: "/accounts/profile/", methods: GET, isPersonal: true, view: profile },
  { path: "/accounts/orders/", methods: GET, isPersonal: true, view: orders },
  { path: "/accounts/orders/:number/", methods: GET, part: NUMBER, isPersonal: true, view: order },
  { path: "/checkout/", methods: GET, isPersonal: true, view: checkout },
  { path: "/checkout/shipping-address/", methods: BOTH, isPersonal: true, view: shippingAddress },
  {
    path: "/checkout/preview/",
    methods: BOTH,
    isPersonal: true,
    view: (request, site) => (request.method === "POST" ? placeOrder(request) : preview(request, site)),
  },
  { path: "/checkout/thank-you/", methods: GET, isPersonal: true, view: thankYou },
  {
    path: "/dashboard/catalogue/",
    methods: BOTH,
    isPersonal: true,
    view: (request, site) => (request.method === "POST" ? changeProduct(request) : dashboard(request, site)),
  },
  // At real servers these take what the request asks for, on a core or without one; here all views do.
  { path: "/work/", methods: GET, view: () => ({ status: 200, body: "ok" }) },
  { path: "/wait/", methods: GET, view: () => ({ status: 200, body: "ok" }) },
];

function product(request: Request, site: Site): View {
  const name = request.params.product ?? "";
  const id = name.slice(name.lastIndexOf("_") + 1);
  const content = form(`/basket/add/${id}/`, csrfToken(request, site), "");
  return { status: 200, body: shopPage(name.slice(0, name.lastIndexOf("_")), content, 6_000), csrf: "form" };
}

function search(request: Request): View {
  const query = request.query.get("q");
  if (query === null) return { status: 200, body: shopPage("Search", "", 1_000) };
  return { status: 200, body: shopPage(`Results for ${query}`, "", 10_000) };
}

function productList(request: Request): View {
  const page = request.query.get("page") ?? "1";
  if (!NUMBER.test(page) || Number(page) < 1) return { status: 404, body: "" };
  const first = (Number(page) - 1) * 10 + 1;
  const results = Array.from({ length: 10 }, (_, n) => ({
    id: first + n,
    slug: `product-${first + n}`,
    title: `Product ${first + n}`,
    price: "19.90",
    currency: "EUR",
    available: true,
  }));
  return {
    status: 200,
    contentType: "application/json",
    body: JSON.stringify({ page: Number(page), results }),
  };
}

/** `django.views.i18n.set_language`; a path on this site is all that it leads to. */
function setLanguage(request: Request, { wire }: Site): View {
  const next = request.form.get("next") ?? "";
  const location = /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : "/";
  const language = request.form.get("language") ?? "";
  if (!/^[a-z]{2}(-[a-z]{2})?$/.test(language)) return redirect(location);
  const cookies = [`django_language=${language}; Path=/`];
  if (!wire.languageInSession) return redirect(location, { cookies });
  const session = request.session ?? { user: false, lines: 0 };
  return redirect(location, { cookies, readsSession: true, session });
}
