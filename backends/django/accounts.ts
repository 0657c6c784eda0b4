/** What needs a login, and the login. */
import type { Request, Site, View } from "./http.ts";
import { csrfToken } from "./middleware.ts";
import { escapeHtml, form, shopPage } from "./pages.ts";
import { LOGIN_URL, redirect, toLogin } from "./redirects.ts";

/** The one account of the shop. */
const ACCOUNT = { username: "demo", password: "demo" };

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

export function login(request: Request, site: Site): View {
  const wrong =
    request.method === "POST" &&
    (request.form.get("username") !== ACCOUNT.username || request.form.get("password") !== ACCOUNT.password);
  if (request.method === "POST" && !wrong) {
    return redirect(nextOf(request), {
      headers: neverCache(),
      csrf: "rotate",
      csrfProtected: true,
      readsSession: true,
      session: { user: true, lines: request.session?.lines ?? 0 },
    });
  }
  const problem = wrong ? "  <p>Please enter a correct username and password.</p>\n" : "";
  const fields = `    <input name="username" required>\n    <input type="password" name="password" required>\n    <input type="hidden" name="next" value="${escapeHtml(nextOf(request))}">\n`;
  const content = problem + form(LOGIN_URL, csrfToken(request, site), fields);
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
  return request.session?.user ? { ...view(), readsSession: true } : toLogin(request);
}

const page = (title: string, bytes: number, content = ""): View => ({
  status: 200,
  body: shopPage(title, content, bytes),
});

export const profile = (request: Request): View => loggedIn(request, () => page("Your account", 2_000));

export const orders = (request: Request): View => loggedIn(request, () => page("Your orders", 4_000));

export const order = (request: Request): View =>
  loggedIn(request, () => page(`Order ${request.params.number}`, 4_000));

export const dashboard = (request: Request, site: Site): View =>
  loggedIn(request, () => ({
    ...page("Products", 24_000, form("/dashboard/catalogue/", csrfToken(request, site), "")),
    csrf: "form",
  }));

export const changeProduct = (request: Request): View =>
  loggedIn(request, () => redirect("/dashboard/catalogue/"));
