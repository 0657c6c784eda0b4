/** Basket and checkout. Nobody needs an account to buy. */
import type { Request, Session, Site, View } from "./http.ts";
import { csrfToken } from "./middleware.ts";
import { form, shopPage } from "./pages.ts";
import { redirect } from "./redirects.ts";

const NOBODY: Session = { user: false, lines: 0 };

export function basket(request: Request): View {
  const lines = request.session?.lines ?? 0;
  const content = `  <p>${lines === 0 ? "Your basket is empty." : `${lines} in your basket.`}</p>\n`;
  return { status: 200, body: shopPage("Basket", content, 5_000), readsSession: true };
}

export function addToBasket(request: Request): View {
  const session = request.session ?? NOBODY;
  return redirect("/basket/", { readsSession: true, session: { ...session, lines: session.lines + 1 } });
}

/** A page of the checkout with a form that leads to the next one. */
function step(title: string, action: string, request: Request, site: Site): View {
  const body = shopPage(title, form(action, csrfToken(request, site), ""), 4_000);
  return { status: 200, body, csrf: "form", readsSession: true };
}

export function checkout(request: Request, site: Site): View {
  return step("Checkout", "/checkout/shipping-address/", request, site);
}

/** What needs something in the basket leads back to it otherwise. */
function withLines(request: Request, view: () => View): View {
  return (request.session?.lines ?? 0) > 0 ? view() : redirect("/basket/", { readsSession: true });
}

export function shippingAddress(request: Request, site: Site): View {
  return withLines(request, () =>
    request.method === "POST"
      ? redirect("/checkout/preview/", { readsSession: true, session: request.session ?? NOBODY })
      : step("Shipping address", "/checkout/shipping-address/", request, site),
  );
}

export function preview(request: Request, site: Site): View {
  return withLines(request, () => step("Your order", "/checkout/preview/", request, site));
}

export function placeOrder(request: Request): View {
  return withLines(request, () => {
    const session = { user: request.session?.user ?? false, lines: 0 };
    return redirect("/checkout/thank-you/", { readsSession: true, session, isOrder: true });
  });
}

export function thankYou(): View {
  return { status: 200, body: shopPage("Thank you", "", 2_000), readsSession: true };
}
