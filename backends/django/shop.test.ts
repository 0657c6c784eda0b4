import assert from "node:assert/strict";
import { test } from "node:test";
import { type Exchange, exchange, request, startBackend } from "../testing.ts";

/** A client with a csrftoken, a session when it was given one, and a memory of the last answer. */
function createClient() {
  const cookies = new Map([["csrftoken", "a".repeat(32)]]);
  const cookieLine = (): string =>
    `Cookie: ${[...cookies].map(([name, value]) => `${name}=${value}`).join("; ")}`;
  const keep = (answer: Exchange): Exchange => {
    for (const line of answer.head) {
      const [, name = "", value = ""] = /^Set-Cookie: ([a-z_]+)=([^;]*);/.exec(line) ?? [];
      if (value === '""') cookies.delete(name);
      else if (name !== "") cookies.set(name, value);
    }
    return answer;
  };
  return {
    cookies,
    get: async (port: number, path: string) =>
      keep(await exchange(port, request(`GET ${path}`, [cookieLine()]))),
    post: async (port: number, path: string, fields = "") => {
      const body = `csrfmiddlewaretoken=${cookies.get("csrftoken")}&${fields}`;
      const type = "Content-Type: application/x-www-form-urlencoded";
      const headers = [cookieLine(), type, `Content-Length: ${body.length}`];
      return keep(await exchange(port, request(`POST ${path}`, headers, body)));
    },
  };
}

const locationOf = ({ head }: Exchange): string | undefined =>
  head.find((line) => line.startsWith("Location: "))?.slice("Location: ".length);

const ACCOUNT = "username=demo&password=demo&next=/checkout/";

for (const django of ["3.2", "5.2"] as const) {
  test(`a visitor of Django ${django} fills a basket, logs in and orders; the backend counts the order`, async (t) => {
    const { port, ledger } = await startBackend(t, { django });
    const { get, post, cookies } = createClient();
    assert.equal((await get(port, "/catalogue/lamp_7/")).status, 200);
    assert.equal(cookies.get("csrftoken")?.length, django === "3.2" ? 64 : 32);
    assert.equal(locationOf(await post(port, "/basket/add/7/", "quantity=1")), "/basket/");
    assert.match((await get(port, "/basket/")).body, /1 in your basket/);
    assert.equal(locationOf(await post(port, "/accounts/login/", ACCOUNT)), "/checkout/");
    assert.equal((await get(port, "/accounts/orders/")).status, 200);
    assert.equal((await get(port, "/accounts/orders/1001/")).status, 200);
    assert.equal((await get(port, "/dashboard/catalogue/")).status, 200);
    assert.equal(locationOf(await post(port, "/dashboard/catalogue/", "price=1")), "/dashboard/catalogue/");
    assert.equal((await get(port, "/checkout/")).status, 200);
    assert.equal(locationOf(await post(port, "/checkout/shipping-address/")), "/checkout/preview/");
    assert.equal((await get(port, "/checkout/preview/")).status, 200);
    assert.equal(locationOf(await post(port, "/checkout/preview/")), "/checkout/thank-you/");
    assert.equal((await get(port, "/checkout/thank-you/")).status, 200);
    assert.match((await get(port, "/basket/")).body, /Your basket is empty/);
    assert.equal(locationOf(await post(port, "/checkout/preview/")), "/basket/", "there is nothing to order");
    assert.equal(ledger.filter(([event]) => event === "ordered").length, 1);
  });
}

test("a backend with sessions of its own sends whoever it does not know to the login", async (t) => {
  const first = await startBackend(t, { sessionBackend: "local" });
  const second = await startBackend(t, { sessionBackend: "local", id: 4 });
  const { get, post, cookies } = createClient();
  await post(first.port, "/basket/add/7/", "quantity=1");
  assert.match((await get(first.port, "/basket/")).body, /1 in your basket/);
  assert.equal((await get(second.port, "/catalogue/lamp_7/")).status, 200, "no session, no question");
  const lost = await get(second.port, "/basket/");
  assert.deepEqual([lost.status, locationOf(lost)], [302, "/accounts/login/?next=/basket/"]);
  assert.equal(cookies.has("sessionid"), false, "the answer takes the cookie away");
});

test("sessions of its own are forgotten at a reset, shared ones are not", async (t) => {
  const local = await startBackend(t, { sessionBackend: "local" });
  const shared = await startBackend(t);
  for (const [{ backend, port }, status] of [
    [local, 302],
    [shared, 200],
  ] as const) {
    const { get, post } = createClient();
    await post(port, "/basket/add/7/", "quantity=1");
    backend.reset({ zeroNs: "0", faults: [] });
    assert.equal((await get(port, "/basket/")).status, status);
  }
});
