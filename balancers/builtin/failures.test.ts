import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { checkHealth } from "./health.ts";
import {
  deadPort,
  dial,
  exchange,
  HOST,
  httpBackend,
  proxyTo,
  rawBackend,
  specOf,
  type TestBackend,
  until,
} from "./testkit.ts";

const get = "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
const post = "POST / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody";
const ok: RequestListener = (request, reply) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => reply.end(`fine ${request.method} ${body}`));
};
const dead = async (t: TestContext): Promise<{ port: number }> => ({ port: await deadPort(t) });
const reset = (t: TestContext): Promise<TestBackend> => rawBackend(t, (socket) => socket.resetAndDestroy());
const says = (
  t: TestContext,
  answer: string,
  then: (socket: Socket) => void = () => undefined,
): Promise<TestBackend> => rawBackend(t, (socket) => socket.write(answer, () => then(socket)));

test("a backend that refuses is 502, in the words of the proxy and without an address", async (t) => {
  const backend = await dead(t);
  const { port } = await proxyTo(t, [backend]);
  const answer = await exchange(port, get);
  assert.match(answer, /^HTTP\/1\.1 502 Bad Gateway\r\n/);
  assert.match(answer, /evenkeel proxy: no connection to the backend/);
  assert.ok(!answer.includes(String(backend.port)));
});

test("a backend that is silent is 504 and is not asked again elsewhere", async (t) => {
  const silent = await says(t, "");
  const { port, attempts, dispatcher } = await proxyTo(t, [silent, await httpBackend(t, ok)], (base) => ({
    timeouts: { ...base.timeouts, readMs: 60 },
  }));
  assert.match(await exchange(port, get), /^HTTP\/1\.1 504 .*did not answer in time/s);
  assert.deepEqual(attempts, [0]);
  assert.deepEqual(dispatcher.pool.eligible, [1], "silence is a failure");
});

test("a backend that does not accept in time is 504", { skip: process.platform !== "linux" }, async (t) => {
  // A stopped process with a full accept queue drops further SYNs.
  const script =
    "const s=require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},()=>console.log(s.address().port))";
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const backend = { port: Number(line.toString()) };
  child.kill("SIGSTOP");
  const fillers = Array.from({ length: 8 }, () => connect(backend.port, HOST).on("error", () => undefined));
  t.after(() => fillers.forEach((socket) => void socket.destroy()));
  await until(() => fillers.filter((socket) => !socket.connecting).length >= 2, "the queue to fill");
  const { port } = await proxyTo(t, [backend], (base) => ({
    timeouts: { ...base.timeouts, connectMs: 100 },
    retry: { tries: 1, budget: null },
  }));
  assert.match(await exchange(port, get), /^HTTP\/1\.1 504 .*did not accept the connection in time/s);
});

test("an answer that is not HTTP is 502", async (t) => {
  const answers = [
    "hello\r\n\r\n",
    "HTTP/1.1 abc OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
    "HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
    `HTTP/1.1 200 OK\r\nX: ${"y".repeat(40_000)}\r\n\r\n`,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
  ];
  for (const answer of answers) {
    const { port, attempts } = await proxyTo(t, [await says(t, answer), await httpBackend(t, ok)]);
    const got = await exchange(port, get);
    assert.match(got, /^HTTP\/1\.1 502 /, `${JSON.stringify(answer.slice(0, 60))}: ${got}`);
    assert.deepEqual(attempts, [0]);
  }
});

test("what a refused connection leaves unsent goes to another backend once, whatever the method", async (t) => {
  for (const request of [get, post]) {
    const { port, attempts } = await proxyTo(t, [await dead(t), await httpBackend(t, ok)]);
    assert.match(await exchange(port, request), /^HTTP\/1\.1 200 .*fine (GET |POST body)/s);
    assert.deepEqual(attempts, [0, 1]);
  }
});

test("tries are bounded: two dead backends are 502 although a third one lives", async (t) => {
  const { port, attempts } = await proxyTo(t, [await dead(t), await httpBackend(t, ok), await dead(t)]);
  assert.match(await exchange(port, get), /^HTTP\/1\.1 502 /);
  assert.deepEqual(attempts, [0, 2]);
});

test("a connection closed before the first byte: GET goes to another backend, POST does not", async (t) => {
  for (const closed of [reset, (t: TestContext) => rawBackend(t, (socket) => socket.end())]) {
    const idempotent = await proxyTo(t, [await closed(t), await httpBackend(t, ok)]);
    assert.match(await exchange(idempotent.port, get), /^HTTP\/1\.1 200 /);
    assert.deepEqual(idempotent.attempts, [0, 1]);
    for (const request of [post, post.replace("POST", "PUT")]) {
      const once = await proxyTo(t, [await closed(t), await httpBackend(t, ok)]);
      assert.match(await exchange(once.port, request), /^HTTP\/1\.1 502 .*closed the connection/s);
      assert.deepEqual(once.attempts, [0]);
    }
  }
});

test("a kept connection that the backend resets when it is used again is no reason to lose a GET", async (t) => {
  let requests = 0;
  const flaky = await rawBackend(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
    socket.on("data", () => socket.resetAndDestroy());
  });
  const steady = await httpBackend(t, (_, reply) => {
    requests++;
    reply.end("steady");
  });
  const { port, attempts } = await proxyTo(t, [flaky, steady]);
  const bodies = [await exchange(port, get), await exchange(port, get), await exchange(port, get)].map((a) =>
    a.slice(-6),
  );
  assert.deepEqual(bodies, ["\nfirst", "steady", "steady"]);
  assert.deepEqual(attempts, [0, 1, 0, 1]);
  assert.equal(requests, 2);
});

test("a response that began is never asked for again", async (t) => {
  const { port, attempts } = await proxyTo(t, [
    await says(t, "HTTP/1.1 2", (socket) => socket.destroy()),
    await httpBackend(t, ok),
  ]);
  assert.match(await exchange(port, get), /^HTTP\/1\.1 502 /);
  assert.deepEqual(attempts, [0]);
});

test("retries beyond the budget are not made", async (t) => {
  const { port, attempts } = await proxyTo(t, [await dead(t), await httpBackend(t, ok)], () => ({
    retry: { tries: 2, budget: { ratio: 0, minPerSecond: 0.1 } },
    ejection: null,
  }));
  assert.match(await exchange(port, get), /^HTTP\/1\.1 200 /);
  assert.match(await exchange(port, get), /^HTTP\/1\.1 502 /);
  assert.deepEqual(attempts, [0, 1, 0]);
});

test("a response that is cut off is cut off at the client too", async (t) => {
  const cuts = [
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
  ];
  for (const cut of cuts) {
    const backend = await says(t, cut, (socket) => socket.destroy());
    const { port, dispatcher } = await proxyTo(t, [backend, await httpBackend(t, ok)]);
    const answer = await exchange(port, get);
    assert.match(answer, /^HTTP\/1\.1 200 OK[\s\S]*abc/);
    assert.ok(!answer.includes("0\r\n\r\n"), "not ended as if it were whole");
    assert.deepEqual(dispatcher.pool.eligible, [1]);
  }
  const chunked = await says(t, cuts[1] as string, (socket) => socket.destroy());
  const { port } = await proxyTo(t, [chunked]);
  await assert.rejects(
    exchange(port, get.replace("1.1", "1.0")),
    /ECONNRESET/,
    "the end of the connection is no end of the body",
  );
});

test("silence in the middle of a response cuts it", async (t) => {
  const backend = await says(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  const { port, inflight } = await proxyTo(t, [backend], (base) => ({
    timeouts: { ...base.timeouts, readMs: 60 },
  }));
  assert.match(await exchange(port, get), /abc$/);
  assert.deepEqual(inflight(), [0]);
});

test("statuses of the backend pass through and eject nobody", async (t) => {
  const backend = await httpBackend(t, (_, reply) => reply.writeHead(500).end("Server Error (500)"));
  const { port, dispatcher, attempts } = await proxyTo(t, [backend, await httpBackend(t, ok)]);
  assert.match(await exchange(port, get), /^HTTP\/1\.1 500 .*Server Error \(500\)/s);
  assert.deepEqual(dispatcher.pool.eligible, [0, 1]);
  assert.deepEqual(attempts, [0]);
});

test("a failed backend is left alone for its time", async (t) => {
  const { port, attempts } = await proxyTo(t, [await dead(t), await httpBackend(t, ok)]);
  for (let k = 0; k < 10; k++) assert.match(await exchange(port, get), /^HTTP\/1\.1 200 /);
  assert.equal(attempts.filter((backend) => backend === 0).length, 1);
});

test("without any backend the answer is 503", async (t) => {
  const none = await proxyTo(t, []);
  assert.match(await exchange(none.port, get), /^HTTP\/1\.1 503 .*no backend is available/s);
  const left = await proxyTo(t, [await httpBackend(t, ok)]);
  left.dispatcher.leave(0, performance.now());
  assert.match(await exchange(left.port, get), /^HTTP\/1\.1 503 /);
});

test("a client that stops in its body is 408, one that stops in its head too, and neither is held against a backend", async (t) => {
  const { port, dispatcher, inflight } = await proxyTo(t, [await httpBackend(t, ok)], (base) => ({
    timeouts: { ...base.timeouts, clientMs: 80, clientHeaderMs: 150 },
  }));
  assert.match(await exchange(port, post.slice(0, -2)), /^HTTP\/1\.1 408 .*did not arrive in time/s);
  assert.match(await exchange(port, "GET / HTTP/1.1\r\nHost:"), /^HTTP\/1\.1 408 /);
  assert.deepEqual(inflight(), [0]);
  assert.deepEqual(dispatcher.pool.eligible, [0]);
});

test("a slow client's pauses do not count against the backend", async (t) => {
  const backend = await httpBackend(t, ok);
  const { port } = await proxyTo(t, [backend], (base) => ({ timeouts: { ...base.timeouts, readMs: 60 } }));
  const socket = await dial(t, port);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write(post.slice(0, -2));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(answer, "");
  socket.write(post.slice(-2));
  await until(() => answer.includes("fine POST body"), "the answer");
});

test("active checks take a backend out after failing and back after passing", async (t) => {
  let isWell = true;
  let probes = 0;
  const backend = await httpBackend(t, (request, reply) => {
    probes += request.url === "/healthz/" ? 1 : 0;
    const known = request.headers.host === "shop.example";
    reply.writeHead(isWell && known ? 200 : 500).end();
  });
  const { dispatcher } = await proxyTo(t, [backend, await httpBackend(t, ok)]);
  const backends = specOf([backend.port]).backends.map((b) => ({ ...b }));
  const stop = checkHealth(
    backends,
    { path: "/healthz/", host: "shop.example", intervalMs: 10, timeoutMs: 1_000, rise: 2, fall: 3 },
    dispatcher,
  );
  t.after(stop);
  await until(() => probes > 5, "probes");
  assert.deepEqual(dispatcher.pool.eligible, [0, 1]);
  isWell = false;
  await until(() => dispatcher.pool.eligible.length === 1, "the backend to leave");
  isWell = true;
  await until(() => dispatcher.pool.eligible.length === 2, "the backend to join");
});

test("nothing is lost or counted twice: 1,000 requests in turn and 2,000 from 50 connections", async (t) => {
  const served = [0, 0, 0];
  // On a shared machine somebody else may knock at our port.
  const path = `/${randomUUID()}`;
  const backends = await Promise.all(
    served.map((_, at) =>
      httpBackend(t, (request, reply) => {
        if (request.url === path) served[at]! += 1;
        reply.end("ok");
      }),
    ),
  );
  const { port, attempts, inflight } = await proxyTo(t, backends);
  const ask = async (count: number): Promise<number> => {
    const socket = await dial(t, port);
    let text = "";
    let answers = 0;
    for (; answers < count; ) {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: shop\r\n\r\n`);
      while (!text.endsWith("\r\n\r\nok")) text += ((await once(socket, "data")) as [Buffer])[0].toString();
      assert.match(text, /^HTTP\/1\.1 200 OK/);
      text = "";
      answers += 1;
    }
    return answers;
  };
  assert.equal(await ask(1_000), 1_000);
  const counts = await Promise.all(Array.from({ length: 50 }, () => ask(40)));
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    2_000,
  );
  assert.deepEqual(served, [1_000, 1_000, 1_000]);
  assert.equal(attempts.length, 3_000);
  assert.deepEqual(inflight(), [0, 0, 0]);
});
