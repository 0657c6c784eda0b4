import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCsrf as check, hostAllowed } from "./checks.ts";
import type { Request } from "./http.ts";
import { wireOf } from "./wire.ts";

const checkCsrf = (request: Request) => check(request, wireOf("5.2"));

test("hosts are checked by Django's rules", () => {
  const cases: [string, string[], boolean][] = [
    ["shop.example", ["*"], true],
    ["shop.example:8000", ["shop.example"], true],
    ["SHOP.example", ["shop.EXAMPLE"], true],
    ["shop.example.", ["shop.example"], true],
    ["www.shop.example", [".shop.example"], true],
    ["shop.example", [".shop.example"], true],
    ["evilshop.example", [".shop.example"], false],
    ["[::1]:80", ["[::1]"], true],
    ["192.168.1.2:8000", ["shop.example"], false],
    ["django_servers", ["*"], false],
    ["django-servers", ["*"], true],
    ["a b", ["*"], false],
    ["", ["*"], false],
  ];
  for (const [host, allowed, expected] of cases)
    assert.equal(hostAllowed(host, allowed), expected, `${host} ${allowed}`);
});

const SECRET = "0123456789abcdefghijABCDEFGHIJxy";

function post(over: {
  cookie?: string;
  header?: string;
  field?: string;
  origin?: string;
  method?: string;
}): Request {
  return {
    method: over.method ?? "POST",
    path: "/",
    query: new URLSearchParams(),
    search: "",
    params: {},
    headers: { "x-csrftoken": over.header, origin: over.origin },
    cookies: new Map(over.cookie === undefined ? [] : [["csrftoken", over.cookie]]),
    form: new URLSearchParams(over.field === undefined ? "" : { csrfmiddlewaretoken: over.field }),
    bodyBytes: 0,
    host: "shop.example",
    session: null,
    isStale: false,
  };
}

/** A token as a form holds it: mask, then the secret shifted by the mask. */
function masked(secret: string, mask: string): string {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const shifted = [...secret].map(
    (letter, at) => letters[(letters.indexOf(letter) + letters.indexOf(mask[at] ?? "a")) % letters.length],
  );
  return mask + shifted.join("");
}

test("a POST needs the cookie and the same token in the form or the header", () => {
  assert.equal(checkCsrf(post({})), "no-cookie");
  assert.equal(checkCsrf(post({ cookie: SECRET })), "refused");
  assert.equal(checkCsrf(post({ cookie: SECRET, header: "b".repeat(32) })), "refused");
  assert.equal(checkCsrf(post({ cookie: "short", header: "short" })), "refused");
  assert.equal(checkCsrf(post({ cookie: SECRET, header: SECRET })), "ok");
  assert.equal(checkCsrf(post({ cookie: SECRET, field: SECRET })), "ok");
  assert.equal(checkCsrf(post({ cookie: SECRET, field: masked(SECRET, "Zy9".padEnd(32, "q")) })), "ok");
  assert.equal(
    checkCsrf(post({ cookie: SECRET, field: masked(SECRET.replace("0", "1"), "Z".padEnd(32, "q")) })),
    "refused",
  );
  assert.equal(checkCsrf(post({ method: "HEAD" })), "ok");
});

test("an Origin of another site is refused, since 4.0", () => {
  const evil = { cookie: SECRET, header: SECRET, origin: "http://evil.example" };
  assert.equal(check(post(evil), wireOf("3.2")), "ok");
  assert.equal(checkCsrf(post({ cookie: SECRET, header: SECRET, origin: "http://evil.example" })), "refused");
  assert.equal(checkCsrf(post({ cookie: SECRET, header: SECRET, origin: "http://shop.example" })), "ok");
});
