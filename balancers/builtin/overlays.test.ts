import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import { type OverlaySettings, rulesOf } from "../overlay-rules.ts";
import {
  dial,
  exchange,
  httpBackend,
  proxyTo,
  rawBackend,
  type TestBackend,
  type TestProxy,
  until,
} from "./testkit.ts";

const request = (method: string, path: string): string =>
  `${method} ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`;
const quick = request("GET", "/quick");
const held = request("GET", "/held");
const heldPost = "POST /held HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody";

interface HoldingBackend extends TestBackend {
  /** Requests that wait for an answer. */
  readonly waiting: ServerResponse[];
  /** Requests whose connection was closed before their answer. */
  gone: number;
}

/** Answers what it is asked with its name; what is asked for `/held` waits. */
async function holding(t: TestContext, name: string): Promise<HoldingBackend> {
  const waiting: ServerResponse[] = [];
  const backend = await httpBackend(t, (asked, reply) => {
    asked.resume();
    if (asked.url !== "/held") {
      reply.end(name);
      return;
    }
    waiting.push(reply);
    reply.once("close", () => {
      if (!reply.writableFinished) holder.gone += 1;
    });
  });
  const holder: HoldingBackend = Object.assign(backend, { waiting, gone: 0 });
  return holder;
}

const withOverlays = (
  t: TestContext,
  backends: readonly TestBackend[],
  names: string,
  settings: OverlaySettings = {},
): Promise<TestProxy> => proxyTo(t, backends, () => ({ overlays: rulesOf(`x+${names}`, settings) }));

/** So many answers that hedging knows what is late; leaves the next turn with the first backend of two. */
async function learn(proxy: TestProxy): Promise<void> {
  for (let k = 0; k < 100; k++) assert.match(await exchange(proxy.port, quick), /^HTTP\/1\.1 200 /);
  proxy.attempts.length = 0;
}

const idle = (proxy: TestProxy): Promise<void> =>
  until(() => proxy.inflight().every((count) => count === 0), "every attempt to be settled");

test("a late request is sent to a second backend, whose answer counts; the first attempt is cancelled", async (t) => {
  const [slow, fast] = [await holding(t, "slow"), await holding(t, "fast")];
  const proxy = await withOverlays(t, [slow, fast], "hedging");
  await learn(proxy);
  const answer = exchange(proxy.port, held);
  await until(() => fast.waiting.length === 1, "the second copy");
  assert.equal(slow.waiting.length, 1);
  fast.waiting[0]!.end("fast");
  assert.match(await answer, /^HTTP\/1\.1 200 [\s\S]*fast$/);
  await until(() => slow.gone === 1, "the first attempt to be cancelled");
  assert.deepEqual(proxy.attempts, [0, 1]);
  await idle(proxy);
  assert.deepEqual(
    proxy.dispatcher.pool.eligible,
    [0, 1],
    "a cancelled attempt is no failure of its backend",
  );
});

test("when the first attempt is answered after all, the second one is cancelled", async (t) => {
  const [slow, fast] = [await holding(t, "slow"), await holding(t, "fast")];
  const proxy = await withOverlays(t, [slow, fast], "hedging");
  await learn(proxy);
  const answer = exchange(proxy.port, held);
  await until(() => fast.waiting.length === 1, "the second copy");
  slow.waiting[0]!.end("slow");
  assert.match(await answer, /slow$/);
  await until(() => fast.gone === 1, "the second attempt to be cancelled");
  await idle(proxy);
});

test("the head of an answer decides: the other attempt is cancelled while the body is still on its way", async (t) => {
  const [slow, fast] = [await holding(t, "slow"), await holding(t, "fast")];
  const proxy = await withOverlays(t, [slow, fast], "hedging");
  await learn(proxy);
  const answer = exchange(proxy.port, held);
  await until(() => fast.waiting.length === 1, "the second copy");
  fast.waiting[0]!.write("fa");
  await until(() => slow.gone === 1 && proxy.inflight()[0] === 0, "the first attempt to be cancelled");
  assert.equal(proxy.inflight()[1], 1);
  fast.waiting[0]!.end("st");
  assert.match(await answer, /^HTTP\/1\.1 200 [\s\S]*fa[\s\S]*st/);
  await idle(proxy);
});

test("an attempt that fails while the other is under way is not the end, and the last one's failure is", async (t) => {
  const slow = await holding(t, "slow");
  const closing = await rawBackend(t, (socket, head) => {
    if (head.includes("/held")) socket.destroy();
    else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  const proxy = await withOverlays(t, [slow, closing], "hedging");
  await learn(proxy);
  const answer = exchange(proxy.port, held);
  await until(() => proxy.attempts.length === 2 && proxy.inflight()[1] === 0, "the second copy to fail");
  slow.waiting[0]!.end("slow");
  assert.match(await answer, /^HTTP\/1\.1 200 [\s\S]*slow$/);
  await idle(proxy);
});

test("a client that goes away takes both attempts along", async (t) => {
  const [slow, fast] = [await holding(t, "slow"), await holding(t, "fast")];
  const proxy = await withOverlays(t, [slow, fast], "hedging");
  await learn(proxy);
  const socket = await dial(t, proxy.port);
  socket.write(held);
  await until(() => fast.waiting.length === 1, "the second copy");
  socket.destroy();
  await until(() => slow.gone === 1 && fast.gone === 1, "both attempts to be cancelled");
  await idle(proxy);
});

test("what has a body is sent once, although a later request that has none gets its second copy", async (t) => {
  const [one, two] = [await holding(t, "one"), await holding(t, "two")];
  const proxy = await withOverlays(t, [one, two], "hedging");
  await learn(proxy);
  const post = exchange(proxy.port, heldPost);
  await until(() => one.waiting.length === 1, "the request with a body");
  const get = exchange(proxy.port, held);
  // Its own attempt and the second copy; the timer of the request before it would have fired earlier.
  await until(() => proxy.attempts.length === 3, "the second copy");
  for (const reply of [...one.waiting, ...two.waiting]) reply.end("ok");
  for (const answer of await Promise.all([post, get])) assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.equal(proxy.attempts.length, 3);
});

test("second copies stop at the cap, each request gets one answer, and every attempt is settled", async (t) => {
  const [one, two] = [await holding(t, "one"), await holding(t, "two")];
  const proxy = await withOverlays(t, [one, two], "hedging");
  await learn(proxy);
  const answers = Array.from({ length: 60 }, () => exchange(proxy.port, held));
  // 5 % of the 160 requests so far; they were all late at about the same time.
  await until(() => proxy.attempts.length === 68, "the second copies");
  await until(() => one.waiting.length + two.waiting.length === 68, "all of them to arrive");
  for (const reply of [...one.waiting, ...two.waiting]) reply.end("ok");
  for (const answer of await Promise.all(answers)) assert.equal(answer.match(/HTTP\/1\.1 200 /g)?.length, 1);
  assert.equal(proxy.attempts.length, 68);
  await idle(proxy);
});

test("over the limit a request is answered 503 at once, and the others are not touched", async (t) => {
  const backend = await holding(t, "backend");
  const rule = { ...rulesOf("x+concurrency-limit")["concurrency-limit"]!, initial: 2, min: 2, max: 2 };
  const proxy = await withOverlays(t, [backend], "concurrency-limit", { "concurrency-limit": rule });
  const first = [exchange(proxy.port, held), exchange(proxy.port, held)];
  await until(() => backend.waiting.length === 2, "two requests in flight");
  assert.match(await exchange(proxy.port, quick), /^HTTP\/1\.1 503 [\s\S]*too many requests are in flight/);
  assert.equal(proxy.attempts.length, 2);
  for (const reply of backend.waiting) reply.end("late");
  for (const answer of await Promise.all(first)) assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(await exchange(proxy.port, quick), /^HTTP\/1\.1 200 /);
});

test("a client that goes away gives its place under the limit back", async (t) => {
  const backend = await holding(t, "backend");
  const rule = { ...rulesOf("x+concurrency-limit")["concurrency-limit"]!, initial: 1, min: 1, max: 1 };
  const proxy = await withOverlays(t, [backend], "concurrency-limit", { "concurrency-limit": rule });
  const socket = await dial(t, proxy.port);
  socket.write(held);
  await until(() => backend.waiting.length === 1, "the request");
  socket.destroy();
  await until(() => backend.gone === 1, "it to be cancelled");
  assert.match(await exchange(proxy.port, quick), /^HTTP\/1\.1 200 /);
});

test("a backend that answers five times 500 in a row is left alone, which the plain rule does not do", async (t) => {
  const failing = await httpBackend(t, (_, reply) => {
    reply.statusCode = 500;
    reply.end();
  });
  const fine = await httpBackend(t, (_, reply) => reply.end("fine"));
  for (const [names, asked] of [
    ["retry-budget", 15],
    ["outlier-ejection", 5],
  ] as const) {
    const proxy = await withOverlays(t, [failing, fine], names);
    for (let k = 0; k < 30; k++) await exchange(proxy.port, quick);
    assert.equal(proxy.attempts.filter((backend) => backend === 0).length, asked, names);
  }
});

test("a backend of the second tier takes over when the first tier is gone", async (t) => {
  const [first, second] = [await holding(t, "first"), await holding(t, "second")];
  const proxy = await proxyTo(t, [first, second], ({ backends }) => ({
    overlays: rulesOf("x+priority"),
    backends: backends.map((backend, at) => ({ ...backend, priority: at })),
  }));
  for (let k = 0; k < 4; k++) assert.match(await exchange(proxy.port, quick), /first$/);
  proxy.dispatcher.leave(0, performance.now());
  for (let k = 0; k < 4; k++) assert.match(await exchange(proxy.port, quick), /second$/);
});
