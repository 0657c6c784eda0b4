import type { Request, View } from "./http.ts";
import { csrfToken, type Render } from "./middleware.ts";
import { errorPage, escapeHtml, form, shopPage, staticPage } from "./pages.ts";

/** One line of the shop's urls.py. */
export interface Url {
  /** Route in Fastify's syntax, with the closing slash that APPEND_SLASH is about. */
  readonly path: string;
  readonly methods: readonly ("GET" | "POST")[];
  /** What the named part of the path must look like. */
  readonly part?: RegExp;
  readonly view: Render;
}

const SLUG_AND_ID = /^[-a-zA-Z0-9_]*_[0-9]+$/;
const NUMBER = /^[0-9]+$/;
const LOGIN_URL = "/accounts/login/";
/** The one account of the shop. */
const ACCOUNT = { username: "demo", password: "demo" };

const home = staticPage("Welcome", 24_000);
const catalogue = staticPage("All products", 24_000);
const category = staticPage("Category", 24_000);

export const NOT_FOUND: View = { status: 404, body: errorPage(404) };

/** The pages of a small shop, with sizes as measured or proposed in our notes on Django. */
export const urls: readonly Url[] = [
  { path: "/", methods: ["GET"], view: () => ({ status: 200, body: home }) },
  { path: "/healthz/", methods: ["GET"], view: () => ({ status: 200, body: "ok" }) },
  { path: "/catalogue/", methods: ["GET"], view: () => ({ status: 200, body: catalogue }) },
  {
    path: "/catalogue/category/:category/",
    methods: ["GET"],
    part: SLUG_AND_ID,
    view: () => ({ status: 200, body: category }),
  },
  { path: "/catalogue/:product/", methods: ["GET"], part: SLUG_AND_ID, view: product },
  { path: "/search/", methods: ["GET"], view: search },
  { path: "/api/products/", methods: ["GET"], view: productList },
  { path: "/basket/", methods: ["GET"], view: basket },
  { path: "/basket/add/:id/", methods: ["POST"], part: NUMBER, view: addToBasket },
  { path: LOGIN_URL, methods: ["GET", "POST"], view: login },
  { path: "/accounts/profile/", methods: ["GET"], view: profile },
  { path: "/checkout/", methods: ["GET"], view: checkout },
  { path: "/checkout/preview/", methods: ["GET", "POST"], view: order },
  { path: "/checkout/thank-you/", methods: ["GET"], view: thankYou },
  // At real servers these take what the request asks for, on a core or without one; here all views do.
  { path: "/work/", methods: ["GET"], view: () => ({ status: 200, body: "ok" }) },
  { path: "/wait/", methods: ["GET"], view: () => ({ status: 200, body: "ok" }) },
];

function redirect(location: string, more: Partial<View> = {}): View {
  return { status: 302, body: "", ...more, headers: [["Location", location], ...(more.headers ?? [])] };
}

function product(request: Request): View {
  const name = request.params.product ?? "";
  const id = name.slice(name.lastIndexOf("_") + 1);
  const content = form(`/basket/add/${id}/`, csrfToken(request), "");
  return { status: 200, body: shopPage(name.slice(0, name.lastIndexOf("_")), content, 6_000), csrf: "form" };
}

function search(request: Request): View {
  const query = request.query.get("q");
  if (query === null) return { status: 200, body: shopPage("Search", "", 1_000) };
  return { status: 200, body: shopPage(`Results for ${query}`, "", 10_000) };
}

function productList(request: Request): View {
  const page = request.query.get("page") ?? "1";
  if (!NUMBER.test(page) || Number(page) < 1) return NOT_FOUND;
  const first = (Number(page) - 1) * 10 + 1;
  const results = Array.from({ length: 10 }, (_, n) => ({
    id: first + n,
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

function basket(request: Request): View {
  const lines = request.session?.lines ?? 0;
  const content = `  <p>${lines === 0 ? "Your basket is empty." : `${lines} in your basket.`}</p>\n`;
  return { status: 200, body: shopPage("Basket", content, 5_000), readsSession: true };
}

function addToBasket(request: Request): View {
  const session = request.session ?? { user: false, lines: 0 };
  return redirect("/basket/", { readsSession: true, session: { ...session, lines: session.lines + 1 } });
}

function neverCache(): [string, string][] {
  return [
    ["Expires", new Date().toUTCString()],
    ["Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private"],
  ];
}

/** Only a path on this site is followed, as Django's url_has_allowed_host_and_scheme demands. */
function nextOf(request: Request): string {
  const next = request.form.get("next") ?? request.query.get("next") ?? "";
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : "/accounts/profile/";
}

function login(request: Request): View {
  const wrong =
    request.method === "POST" &&
    (request.form.get("username") !== ACCOUNT.username || request.form.get("password") !== ACCOUNT.password);
  if (request.method === "POST" && !wrong) {
    const session = { user: true, lines: request.session?.lines ?? 0 };
    return redirect(nextOf(request), {
      headers: neverCache(),
      csrf: "rotate",
      csrfProtected: true,
      readsSession: true,
      session,
    });
  }
  const problem = wrong ? "  <p>Please enter a correct username and password.</p>\n" : "";
  const fields = `    <input name="username" required>\n    <input type="password" name="password" required>\n    <input type="hidden" name="next" value="${escapeHtml(nextOf(request))}">\n`;
  const content = problem + form(LOGIN_URL, csrfToken(request), fields);
  return {
    status: 200,
    body: shopPage("Log in", content, 670),
    headers: neverCache(),
    csrf: "form",
    csrfProtected: true,
  };
}

/** `@login_required`. */
function loggedIn(request: Request, view: () => View): View {
  if (request.session?.user) return { ...view(), readsSession: true };
  return redirect(`${LOGIN_URL}?next=${request.path}`, { readsSession: true });
}

function profile(request: Request): View {
  return loggedIn(request, () => ({ status: 200, body: shopPage("Your account", "", 2_000) }));
}

function checkout(request: Request): View {
  return {
    status: 200,
    body: shopPage("Checkout", form("/checkout/preview/", csrfToken(request), ""), 4_000),
    csrf: "form",
    readsSession: true,
  };
}

/** A POST places the order. */
function order(request: Request): View {
  if (request.method !== "POST") return checkout(request);
  const session = { user: request.session?.user ?? false, lines: 0 };
  return redirect("/checkout/thank-you/", { readsSession: true, session });
}

function thankYou(): View {
  return { status: 200, body: shopPage("Thank you", "", 2_000), readsSession: true };
}
