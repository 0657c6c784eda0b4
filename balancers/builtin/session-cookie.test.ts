import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { algorithm as stickyCookie } from "../algorithms/sticky-cookie.ts";
import { deadPort, exchange, httpBackend, proxyTo } from "./testkit.ts";

async function stickyProxy(t: TestContext, size: number) {
  const seen: { readonly backend: number; readonly cookie: string | undefined }[] = [];
  const backends = await Promise.all(
    Array.from({ length: size }, (_, at) =>
      httpBackend(t, (request, reply) => {
        seen.push({ backend: at + 1, cookie: request.headers.cookie });
        reply.setHeader("Set-Cookie", "theme=dark");
        reply.end();
      }),
    ),
  );
  // The last one refuses connections.
  const ports = [...backends, { port: await deadPort(t) }];
  const algorithm = stickyCookie.create({ rng: createRng(1), size: ports.length });
  const { port } = await proxyTo(t, ports, () => ({}), { algorithm, cookie: stickyCookie.cookie });
  const ask = (cookies = ""): Promise<string> => {
    const line = cookies === "" ? "" : `Cookie: ${cookies}\r\n`;
    return exchange(port, `GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${line}\r\n`);
  };
  return { ask, seen };
}
const setTo = (answer: string): string | undefined =>
  /^Set-Cookie: SRV=(backend-\d+); path=\/\r$/m.exec(answer)?.[1];

test("a new session gets a cookie that names its backend, which it comes back to without another", async (t) => {
  const { ask, seen } = await stickyProxy(t, 3);
  const first = await ask();
  const home = setTo(first);
  assert.equal(home, `backend-${seen[0]?.backend}`);
  assert.match(first, /^Set-Cookie: theme=dark\r$/m);
  assert.match(first, /^Cache-Control: private\r$/m);
  for (let k = 0; k < 10; k++) {
    const again = await ask(`a=1; SRV=${home}; b=2`);
    assert.equal(setTo(again), undefined);
    assert.doesNotMatch(again, /Cache-Control/);
  }
  assert.ok(
    seen.slice(1).every(({ backend, cookie }) => `backend-${backend}` === home && cookie === "a=1; b=2"),
  );
});

test("a session whose backend is gone, or that there never was, gets another and a cookie that says so", async (t) => {
  const { ask, seen } = await stickyProxy(t, 2);
  for (const cookie of ["SRV=backend-3", "SRV=backend-9", "SRV=nonsense"]) {
    const answer = await ask(cookie);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.equal(setTo(answer), `backend-${seen.at(-1)?.backend}`);
    assert.equal(seen.at(-1)?.cookie, undefined);
  }
});
