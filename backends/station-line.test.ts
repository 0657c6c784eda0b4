/** What a client sees of a backend whose departures depend on what comes later. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { HEADER_DEMAND_PARTS, HEADER_DEMAND_US, HEADER_K } from "./protocol.ts";
import { PLAIN } from "./station/testing.ts";
import { exchange, request, startBackend, timesOf, until, within } from "./testing.ts";

function get(k: number, demandMs: number, ioMs = 0): string {
  return request("GET /healthz/", [
    `${HEADER_DEMAND_US}: ${demandMs * 1_000}`,
    `${HEADER_DEMAND_PARTS}: io=${ioMs * 1_000};gilfree=0`,
    `${HEADER_K}: ${k}`,
  ]);
}

test("two workers on one core take twice as long, and the one that is left is fast again", async (t) => {
  const { port, ledger } = await startBackend(t, { workers: 2, station: { ...PLAIN, cores: 1 } });
  const first = exchange(port, get(1, 300));
  await until(() => ledger.length === 1, "the first has arrived");
  const second = exchange(port, get(2, 100));
  const [long, short] = [timesOf(await first), timesOf(await second)];
  // The core is busy all the time, so the longer one ends when both are done.
  assert.equal(long.service, 400_000);
  assert.equal(short.service, 200_000);
  assert.equal(short.queue, 0);
});

test("a request without a database connection is Django's 500, at once or after its wait", async (t) => {
  const full = { pool: 1, waitTimeoutMs: 100 };
  for (const [mode, waitedMs] of [
    ["fail-fast", 0],
    ["wait", 100],
  ] as const) {
    const station = { ...PLAIN, database: { ...full, mode } };
    const { port, ledger } = await startBackend(t, { workers: 2, station });
    const holder = exchange(port, get(1, 600, 600));
    await until(() => ledger.length === 1, "the first has arrived");
    const refused = await exchange(port, get(2, 10, 10));
    assert.equal(refused.status, 500);
    assert.match(refused.body, /<h1>Server Error \(500\)<\/h1>/);
    assert.equal(timesOf(refused).service, waitedMs * 1_000);
    assert.equal((await exchange(port, get(3, 10))).status, 200, "what needs no database is served");
    assert.equal((await holder).status, 200);
  }
});

test("a worker that hangs is killed: an empty reply, or gunicorn's own 500, by its version; the next request is served by its successor", async (t) => {
  for (const timeoutLook of ["empty", "500"] as const) {
    const station = { ...PLAIN, timeoutMs: 200, timeoutLook, boot: { type: "constant", value: 50 } as const };
    const { port, ledger } = await startBackend(t, { station });
    const killed = exchange(port, get(1, 60_000));
    await until(() => ledger.length === 1, "the first has arrived");
    const behind = exchange(port, get(2, 5));
    const { text, ended, status, body, head } = await killed;
    if (timeoutLook === "empty") assert.deepEqual({ text, ended }, { text: "", ended: "end" });
    else {
      assert.equal(status, 500);
      assert.match(body, /<h1><p>Internal Server Error<\/p><\/h1>/);
      assert.ok(!head.some((line) => line.startsWith("Server:")));
    }
    const served = await behind;
    assert.equal(served.status, 200);
    // It looks once a second who has been silent for 200 ms, and a new worker takes 50 ms.
    const { queue } = timesOf(served);
    assert.ok(queue > 150_000 && queue < 1_250_000, `waited ${queue} us`);
  }
});

test("a hang fault ends with its worker, not with the fault", async (t) => {
  const station = { ...PLAIN, timeoutMs: 100, boot: { type: "constant", value: 50 } as const };
  const { backend, port } = await startBackend(t, { station });
  const hang = { type: "hang", at: 0, for: 60_000, backend: backend.id, share: 1 };
  backend.reset({ zeroNs: String(process.hrtime.bigint()), faults: [hang] });
  const killed = await exchange(port, get(1, 5));
  assert.equal(killed.status, 500);
  assert.match(killed.body, /<h1><p>Internal Server Error<\/p><\/h1>/);
});

test("a thread that hangs is never killed", async (t) => {
  const station = { ...PLAIN, timeoutMs: 50 };
  const { port } = await startBackend(t, { mode: "gthread", station });
  assert.equal(
    (await exchange(port, get(1, 1_300).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))).status,
    200,
  );
});

test("the last answer of a threaded worker closes its connection, and the idle ones go with it", async (t) => {
  const station = { ...PLAIN, maxRequests: 2, boot: { type: "constant", value: 20 } as const };
  const { port } = await startBackend(t, { mode: "gthread", threads: 2, station, keepAliveMs: 20_000 });
  const idle = connect(port, "127.0.0.1");
  const heard: string[] = [];
  const closed = new Promise((resolve) => idle.once("close", resolve));
  idle.on("data", (bytes: Buffer) => heard.push(bytes.toString()));
  idle.write(get(1, 1));
  await until(() => heard.length > 0, "the first answer");
  assert.match(heard.join(""), /Connection: keep-alive/);
  const last = await exchange(port, get(2, 1));
  assert.ok(last.head.includes("Connection: close"));
  await within(closed, "the idle connection to close");
  assert.equal(
    (await exchange(port, get(3, 1).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))).status,
    200,
  );
});

test("a client that sends nothing holds a sync worker until it leaves", async (t) => {
  const { port, ledger } = await startBackend(t, { station: PLAIN });
  const slow = connect(port, "127.0.0.1");
  await within(new Promise((resolve) => slow.once("connect", resolve)), "the connection");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const waiting = exchange(port, get(1, 1));
  await until(() => ledger.length === 1, "the request has arrived");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(ledger.length, 1, "it is not answered");
  slow.destroy();
  const { queue } = timesOf(await waiting);
  assert.ok(queue >= 195_000, `waited ${queue} us`);
});

test("a body that comes slowly holds a sync worker, and its own service starts when it is there", async (t) => {
  const { port, ledger } = await startBackend(t, { station: PLAIN });
  const socket = connect(port, "127.0.0.1");
  const posted = exchange(
    port,
    request(
      "POST /basket/add/1/",
      ["Content-Length: 4", `${HEADER_DEMAND_US}: 5000`, `${HEADER_K}: 1`],
      "ab",
    ),
    socket,
  );
  await until(() => ledger.length === 1, "the head has arrived");
  const waiting = exchange(port, get(2, 1));
  await until(() => ledger.length === 2, "the other has arrived");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(ledger.length, 2, "neither is answered");
  socket.write("cd");
  const answered = await posted;
  assert.ok(timesOf(answered).service >= 205_000, "its worker was held all the time");
  assert.ok(timesOf(await waiting).queue >= 200_000);
});

test("who finds the kernel's queue full knocks again a second later, and is served", async (t) => {
  const { port } = await startBackend(t, { station: { ...PLAIN, backlog: 1 } });
  const served = await Promise.all([1, 2, 3, 4].map((k) => exchange(port, get(k, 200))));
  assert.deepEqual(
    served.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  const queues = served.map((response) => timesOf(response).queue).sort((a, b) => a - b);
  assert.ok((queues[2] as number) < 500_000, "three find room");
  assert.ok((queues[3] as number) >= 1_000_000 && (queues[3] as number) < 1_100_000, `${queues[3]} us`);
});

test("on SIGTERM the kernel's connections are reset, also those that still knock", async (t) => {
  const { backend, port, ledger } = await startBackend(t, { station: { ...PLAIN, backlog: 1 } });
  const all = [1, 2, 3, 4].map((k) => exchange(port, get(k, 200)));
  await until(() => ledger.length === 4, "all have arrived");
  const stopped = backend.stop();
  const ends = (await Promise.all(all))
    .map(({ status, ended }) => (status === 200 ? "answered" : ended))
    .sort();
  assert.deepEqual(ends, ["ECONNRESET", "ECONNRESET", "ECONNRESET", "answered"]);
  await within(stopped, "the end");
});

test("a reset forgets the station of the trial before", async (t) => {
  const { backend, port, ledger } = await startBackend(t, { station: { ...PLAIN, cores: 1 } });
  const lost = exchange(port, get(1, 30_000));
  await until(() => ledger.length === 1, "the first has arrived");
  backend.reset({ zeroNs: String(process.hrtime.bigint()), faults: [] });
  await lost;
  const next = await exchange(port, get(2, 5));
  assert.deepEqual([next.status, timesOf(next).queue, timesOf(next).service], [200, 0, 5_000]);
});
