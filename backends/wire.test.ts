import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { HEADER_DEMAND_US, HEADER_K } from "./protocol.ts";
import { afflict, exchange, request, type Started, startBackend, timesOf, until } from "./testing.ts";

const get = (k: number, demandMs: number, path = "/healthz/"): string =>
  request(`GET ${path}`, [`${HEADER_DEMAND_US}: ${demandMs * 1_000}`, `${HEADER_K}: ${k}`]);

/** A backend under one fault for a minute, from now on. */
async function under(
  t: TestContext,
  fault: { type: string; [key: string]: unknown },
  spec: Parameters<typeof startBackend>[1] = {},
): Promise<Started> {
  const started = await startBackend(t, spec);
  // The clock of departures is a thread that takes a while to start.
  await exchange(started.port, get(0, 1).replace("Host", "Connection: close\r\nHost"));
  started.ledger.length = 0;
  await afflict(started.backend, fault);
  return started;
}

const timed = async <T>(work: Promise<T>): Promise<readonly [T, number]> => {
  const from = performance.now();
  return [await work, performance.now() - from];
};

test("abort before the service fails at once, abort after it when the service is over", async (t) => {
  const { backend, port } = await under(t, { type: "abort", status: 503, when: "before" });
  const early = await exchange(port, get(1, 50));
  assert.deepEqual([early.status, timesOf(early).service], [503, 0]);
  await afflict(backend, { type: "abort", status: 503 });
  const late = await exchange(port, get(1, 50));
  assert.deepEqual([late.status, timesOf(late).service], [503, 50_000]);
});

test("abort draws its status by weight", async (t) => {
  const { port } = await under(t, { type: "abort", status: { 500: 1, 503: 3 } }, { workers: 64 });
  const statuses = await Promise.all(
    Array.from({ length: 80 }, async (_, k) => (await exchange(port, get(k, 0))).status),
  );
  assert.deepEqual(new Set(statuses), new Set([500, 503]));
  const share = statuses.filter((status) => status === 503).length / 80;
  assert.ok(Math.abs(share - 0.75) < 0.15, `${share} are 503`);
});

test("a fault keeps to its paths and methods, and away from what it excepts", async (t) => {
  const { backend, port } = await under(t, { type: "abort", paths: ["/catalogue/*"] });
  const statusOf = async (path: string): Promise<number> => (await exchange(port, get(1, 0, path))).status;
  assert.deepEqual([await statusOf("/catalogue/"), await statusOf("/healthz/")], [500, 200]);
  await afflict(backend, { type: "abort", methods: ["POST"] });
  assert.equal(await statusOf("/catalogue/"), 200);
  await afflict(backend, { type: "abort", except: ["/healthz/"] });
  assert.deepEqual([await statusOf("/catalogue/"), await statusOf("/healthz/")], [500, 200]);
});

test("a spike adds its whole latency at first", async (t) => {
  const { port } = await under(t, { type: "spike", latency: "80ms" });
  const { service } = timesOf(await exchange(port, get(1, 5)));
  assert.ok(service > 80_000 && service <= 85_000, `${service} us`);
});

test("a slow start multiplies service at first", async (t) => {
  const { port } = await under(t, { type: "slow-start", factor: 4 });
  const { service } = timesOf(await exchange(port, get(1, 20)));
  assert.ok(service > 70_000 && service <= 80_000, `${service} us`);
});

test("latency is drawn from a distribution where it has one", async (t) => {
  const latency = { type: "exponential", mean: "20ms" };
  const { port } = await under(t, { type: "latency", latency }, { workers: 32 });
  const times = await Promise.all(
    Array.from({ length: 20 }, async (_, k) => timesOf(await exchange(port, get(k, 0))).service),
  );
  assert.equal(new Set(times).size, 20);
});

test("a reset in the body is a head, half of the body and RST", async (t) => {
  const { port, ledger } = await under(t, { type: "reset", stage: "body" });
  const { status, body, head, ended } = await exchange(port, get(1, 1));
  assert.deepEqual([status, body, ended], [200, "o", "ECONNRESET"]);
  assert.ok(head.includes("Content-Length: 2"));
  assert.deepEqual(ledger.at(-1), ["faulted", 1]);
});

test("a truncated answer announces more than it sends, or never ends its chunks", async (t) => {
  const { backend, port } = await under(t, { type: "truncate" });
  const sized = await exchange(port, get(1, 1));
  assert.deepEqual([sized.status, sized.body, sized.ended], [200, "o", "end"]);
  assert.ok(sized.head.includes("Content-Length: 2"));
  await afflict(backend, { type: "truncate", framing: "chunked", ending: "rst" });
  const chunked = await exchange(port, get(1, 1));
  assert.deepEqual([chunked.body, chunked.ended], ["1\r\no\r\n", "ECONNRESET"]);
  assert.ok(chunked.head.includes("Transfer-Encoding: chunked"));
});

test("a dripped body comes in pieces over its time, and holds the worker", async (t) => {
  const { port, ledger } = await under(t, { type: "drip", over: "120ms", pieces: 4 });
  const client = connect(port, "127.0.0.1");
  let chunks = 0;
  client.on("data", () => {
    chunks += 1;
  });
  const [[first, second], tookMs] = await timed(
    Promise.all([exchange(port, get(1, 1, "/catalogue/"), client), exchange(port, get(2, 1, "/catalogue/"))]),
  );
  assert.ok(first.head.includes(`Content-Length: ${first.body.length}`));
  assert.deepEqual([first.status, timesOf(first).service], [200, 121_000]);
  assert.ok(chunks >= 4, `${chunks} pieces`);
  assert.ok(tookMs >= 240, `one after the other: ${tookMs} ms`);
  assert.ok(Math.max(timesOf(first).queue, timesOf(second).queue) > 100_000);
  assert.deepEqual(ledger.filter(([event]) => event === "completed").length, 2);
});

test("bandwidth makes an answer take what its length needs", async (t) => {
  const { port } = await under(t, { type: "bandwidth", rate: 240 });
  const { body, head } = await exchange(port, get(1, 0, "/catalogue/"));
  const times = head.find((line) => line.startsWith("x-evenkeel-times"));
  assert.match(
    times ?? "",
    new RegExp(`service=${Math.round((Buffer.byteLength(body, "latin1") / 240) * 1_000)};`),
  );
});

const GARBLED: Readonly<Record<string, RegExp>> = {
  garbage: /^\xff\xfe/,
  "http-0.9": /^ok$/,
  "bad-chunk": /^HTTP\/1\.1 200 OK\r\n.*Transfer-Encoding: chunked\r\n\r\nzz\r\nok$/s,
  "bad-length": /^HTTP\/1\.1 200 OK\r\n.*Content-Length: twelve\r\n/s,
  "huge-header": /\r\nX-Huge: x{65536}\r\n/,
};
for (const [kind, shape] of Object.entries(GARBLED))
  test(`a malformed answer of kind ${kind} is what it says, and then the connection ends`, async (t) => {
    const { port, ledger } = await under(t, { type: "malformed", kind });
    const { text, ended } = await exchange(port, get(1, 1));
    assert.match(text, shape);
    assert.equal(ended, "end");
    assert.deepEqual(ledger.at(-1), ["completed", 1]);
  });

test("a slow close answers in time and keeps connection and worker for longer", async (t) => {
  const { port } = await under(t, { type: "slow-close", delay: "150ms" });
  const client = connect(port, "127.0.0.1");
  const from = performance.now();
  const answered = new Promise<number>((resolve) =>
    client.once("data", () => resolve(performance.now() - from)),
  );
  const [first, tookMs] = await timed(exchange(port, get(1, 5), client));
  assert.equal(first.body, "ok");
  assert.equal(timesOf(first).service, 5_000);
  assert.ok(tookMs - (await answered) > 100, `answered after ${await answered}, closed after ${tookMs} ms`);
});

test("a recycled worker is away after its answer", async (t) => {
  const { port } = await under(t, { type: "recycle", every: 2, boot: "40ms" });
  const queues: number[] = [];
  await Promise.all(
    Array.from({ length: 12 }, async (_, k) => queues.push(timesOf(await exchange(port, get(k, 0))).queue)),
  );
  const boots = Math.round(Math.max(...queues) / 40_000);
  assert.ok(boots >= 1 && boots < 12, `${boots} boots`);
});

test("during a reload nobody fails, and who comes waits for the new workers", async (t) => {
  const { backend, port } = await startBackend(t);
  await afflict(backend, { type: "reload", for: "200ms" });
  const [{ status }, tookMs] = await timed(exchange(port, get(1, 5)));
  assert.equal(status, 200);
  assert.ok(tookMs > 150, `${tookMs} ms`);
});

test("without a database connection a view waits for its patience and fails, or fails at once", async (t) => {
  const { backend, port } = await under(t, { type: "pool-exhaustion", wait: "60ms" });
  const waited = await exchange(port, get(1, 5));
  assert.deepEqual([waited.status, timesOf(waited).service], [500, 60_000]);
  await afflict(backend, { type: "pool-exhaustion", mode: "fail-fast" });
  const failed = await exchange(port, get(1, 5));
  assert.deepEqual([failed.status, timesOf(failed).service], [500, 0]);
});

test("in a grey failure views fail and the health view passes beside the queue; a health liar is the inverse", async (t) => {
  const { backend, port } = await under(t, { type: "grey-failure" });
  const held = exchange(port, get(1, 300, "/catalogue/"));
  const [health, tookMs] = await timed(exchange(port, get(2, 1)));
  assert.deepEqual([health.status, timesOf(health).queue], [200, 0]);
  assert.ok(tookMs < 300);
  assert.equal((await held).status, 500);
  await afflict(backend, { type: "health-liar" });
  assert.equal((await exchange(port, get(3, 1))).status, 503);
  assert.equal((await exchange(port, get(4, 1, "/catalogue/"))).status, 200);
});

test("a keep-alive race cuts a request on a kept connection, and none on a fresh one", async (t) => {
  const { port, ledger } = await under(t, { type: "keep-alive-race" }, { mode: "gthread" });
  const client = connect(port, "127.0.0.1");
  let seen = "";
  client.on("data", (chunk) => {
    seen += chunk;
  });
  const closed = new Promise<string>((resolve) => {
    client.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    client.once("close", () => resolve("end"));
  });
  client.write(get(1, 0));
  await until(() => seen.endsWith("ok"), "the first answer");
  client.write(get(2, 0));
  assert.equal(await closed, "ECONNRESET");
  assert.deepEqual(ledger, [
    ["attempt", 1],
    ["completed", 1],
    ["attempt", 2],
    ["faulted", 2],
  ]);
});

test("who finds a short backlog full comes again a second later", async (t) => {
  const { port, ledger } = await under(t, { type: "backlog", size: 0 });
  const answers = [1, 2, 3].map((k) => exchange(port, get(k, 200)));
  await until(() => ledger.length >= 3, "all have arrived");
  const queues = (await Promise.all(answers)).map((answer) => timesOf(answer).queue).sort((a, b) => a - b);
  assert.ok((queues[1] ?? 0) < 400_000, "one may wait");
  assert.ok((queues[2] ?? 0) >= 990_000, `the third tried again: ${queues[2]} us`);
});
