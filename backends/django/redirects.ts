import type { Request, View } from "./http.ts";

export const LOGIN_URL = "/accounts/login/";

export function redirect(location: string, more: Partial<View> = {}): View {
  return { status: 302, body: "", ...more, headers: [["Location", location], ...(more.headers ?? [])] };
}

/** As `@login_required` does it. */
export function toLogin(request: Request): View {
  return redirect(`${LOGIN_URL}?next=${request.path}`, { readsSession: true });
}
