import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { HEADER_DEMAND_US, HEADER_K, NO_K, PROBE_PATH } from "./protocol.ts";
import { afflict, exchange, request, SPEC, startBackend, timesOf, until } from "./testing.ts";

function get(k: number | null, demandMs: number): string {
  const headers = [`${HEADER_DEMAND_US}: ${demandMs * 1_000}`];
  if (k !== null) headers.push(`${HEADER_K}: ${k}`);
  return request("GET /healthz/", headers);
}

test("a response leaves queue plus service after its arrival, plus the lag it reports", async (t) => {
  const { port } = await startBackend(t);
  const responses = await Promise.all(
    [0, 1, 2].map(async (k) => {
      const sentMs = performance.now();
      const response = await exchange(port, get(k, 60));
      return { ...timesOf(response), tookMs: performance.now() - sentMs };
    }),
  );
  responses.sort((a, b) => a.queue - b.queue);
  assert.deepEqual(
    responses.map(({ service }) => service),
    [60_000, 60_000, 60_000],
  );
  for (const { queue, service, lag, tookMs } of responses)
    assert.ok(tookMs * 1_000 >= queue + service + lag - 1_000);
  assert.ok((responses[2]?.queue ?? 0) > 0, "one worker, so somebody waits");
});

test("a probe is answered at once, whatever waits, says what waits, and counts nowhere", async (t) => {
  const { port, ledger } = await startBackend(t);
  const held = [1, 2].map((k) => exchange(port, get(k, 400)));
  await until(() => ledger.length === 2, "both have arrived");
  const probe = async (): Promise<unknown> =>
    JSON.parse((await exchange(port, request(`GET ${PROBE_PATH}`))).body);
  assert.deepEqual(await probe(), { inFlight: 2, latencyMs: 0 });
  await Promise.all(held);
  const { inFlight, latencyMs } = (await probe()) as { inFlight: number; latencyMs: number };
  assert.equal(inFlight, 0);
  assert.ok(latencyMs >= 400);
  assert.equal(ledger.filter(([what]) => what === "attempt").length, 2);
});

test("speed divides the demand; a request without one gets the default", async (t) => {
  const { port } = await startBackend(t, { speed: 0.5 });
  assert.equal(timesOf(await exchange(port, get(1, 20))).service, 40_000);
  assert.equal(timesOf(await exchange(port, request("GET /healthz/"))).service, 2_000);
});

test("a slow backend needs a multiple of the service time", async (t) => {
  const { backend, port } = await startBackend(t);
  await afflict(backend, { type: "slow", factor: 2 });
  const response = await exchange(port, get(1, 10));
  assert.equal(response.status, 200);
  assert.equal(timesOf(response).service, 20_000);
});

test("an error is answered after the service time, with its status", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  await afflict(backend, { type: "error", status: 503, share: 1 });
  const response = await exchange(port, get(5, 10));
  assert.equal(response.status, 503);
  assert.equal(timesOf(response).service, 10_000);
  assert.deepEqual(ledger, [
    ["attempt", 5],
    ["completed", 5],
  ]);
});

test("an error with a share hits the same requests again in the next trial", async (t) => {
  const { backend, port } = await startBackend(t, { workers: 50 });
  const play = async (): Promise<number[]> => {
    await afflict(backend, { type: "error", status: 500, share: 0.5 });
    return Promise.all(Array.from({ length: 40 }, async (_, k) => (await exchange(port, get(k, 0))).status));
  };
  const first = await play();
  assert.deepEqual(await play(), first);
  assert.deepEqual(new Set(first), new Set([200, 500]));
});

test("a reset is an RST after the service time", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  await afflict(backend, { type: "reset", share: 1 });
  const response = await exchange(port, get(5, 5));
  assert.deepEqual({ text: response.text, ended: response.ended }, { text: "", ended: "ECONNRESET" });
  assert.deepEqual(ledger, [
    ["attempt", 5],
    ["faulted", 5],
  ]);
});

test("an empty reply is an orderly close after the service time, without a byte", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  await afflict(backend, { type: "empty-reply", share: 1 });
  const from = performance.now();
  const response = await exchange(port, get(5, 20));
  assert.ok(performance.now() - from >= 20);
  assert.deepEqual({ text: response.text, ended: response.ended }, { text: "", ended: "end" });
  assert.deepEqual(ledger, [
    ["attempt", 5],
    ["faulted", 5],
  ]);
});

test("latency comes on top of the service time and holds the worker", async (t) => {
  const { backend, port } = await startBackend(t, { speed: 0.5 });
  await afflict(backend, { type: "latency", latency: "30ms" });
  const [first, second] = await Promise.all([exchange(port, get(1, 5)), exchange(port, get(2, 5))]);
  assert.deepEqual([timesOf(first).service, timesOf(second).service], [40_000, 40_000]);
  assert.ok(Math.max(timesOf(first).queue, timesOf(second).queue) > 30_000);
});

test("a brownout makes service longer the later it starts", async (t) => {
  const { backend, port } = await startBackend(t, { workers: 2 });
  await afflict(backend, { type: "brownout", factor: 9, curve: "rising", for: "60s" });
  const first = timesOf(await exchange(port, get(1, 10))).service;
  const later = timesOf(await exchange(port, get(2, 10))).service;
  assert.ok(first >= 10_000 && later > first, `${first} ${later}`);
});

test("a hanging request gets no byte, holds its worker, and is closed when the fault ends", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  await afflict(backend, { type: "hang", share: 1, for: "900ms" });
  const hung = exchange(port, get(1, 5));
  await until(() => ledger.length === 1, "the attempt");
  const next = exchange(port, get(2, 5));
  assert.deepEqual({ text: (await hung).text, ended: (await hung).ended }, { text: "", ended: "end" });
  assert.deepEqual(ledger.slice(0, 3), [
    ["attempt", 1],
    ["attempt", 2],
    ["faulted", 1],
  ]);
  assert.equal((await next).status, 200);
  assert.equal(timesOf(await next).service, 5_000);
});

test("a pause that the process is told of extends the work in progress", async (t) => {
  const { backend, port } = await startBackend(t);
  await afflict(backend, { type: "pause", for: "700ms" });
  const { service } = timesOf(await exchange(port, get(1, 20)));
  assert.ok(service > 20_000, `served in ${service} us`);
});

test("every request is counted exactly once under concurrency", async (t) => {
  const { backend, port, ledger } = await startBackend(t, { mode: "gthread", workers: 4, threads: 8 });
  const total = 400;
  let next = 0;
  await Promise.all(
    Array.from({ length: 25 }, async () => {
      while (next < total)
        assert.equal(
          (await exchange(port, get(next++, 1).replace("Host", "Connection: close\r\nHost"))).status,
          200,
        );
    }),
  );
  const ks = (event: string) =>
    ledger
      .filter(([name]) => name === event)
      .map(([, k]) => k)
      .sort((a, b) => a - b);
  const all = Array.from({ length: total }, (_, k) => k);
  assert.deepEqual(ks("attempt"), all);
  assert.deepEqual(ks("completed"), all);
  const { attempts, completed, abandoned, inFlight } = backend.stats();
  assert.deepEqual(
    { attempts, completed, abandoned, inFlight },
    { attempts: total, completed: total, abandoned: 0, inFlight: 0 },
  );
});

test("which gthread worker serves a request depends on the request, not on who else connects", async (t) => {
  const { port, ledger } = await startBackend(t, { mode: "gthread", workers: 2, threads: 1 });
  const accepts = createRng(SPEC.seed).fork("backend").fork(SPEC.id).fork("accept");
  const workerOf = (k: number): number => Math.floor(2 * accepts.fork(k).next());
  const closing = (k: number | null, ms: number): string =>
    get(k, ms).replace("Host", "Connection: close\r\nHost");
  const seen = { together: 0, apart: 0 };
  for (let k = 1; seen.together < 3 || seen.apart < 3; k += 2) {
    const first = exchange(port, closing(k, 300));
    await until(() => ledger.some(([event, of]) => event === "attempt" && of === k), "the first");
    // As health checks do: one that says nothing, and one that asks for a page.
    const idle = connect(port, "127.0.0.1");
    t.after(() => idle.destroy());
    const check = exchange(port, closing(null, 0));
    const { queue } = timesOf(await exchange(port, closing(k + 1, 1)));
    await Promise.all([first, check]);
    const isSame = workerOf(k) === workerOf(k + 1);
    seen[isSame ? "together" : "apart"] += 1;
    assert.equal(queue > 1_000, isSame, `requests ${k} and ${k + 1}: ${queue} us in the queue`);
  }
});

test("a request without k is counted outside the window", async (t) => {
  const { port, ledger } = await startBackend(t);
  await exchange(port, get(null, 0));
  assert.deepEqual(ledger, [
    ["attempt", NO_K],
    ["completed", NO_K],
  ]);
});

test("a client that leaves is abandoned, and its work is done all the same", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  const client = connect(port, "127.0.0.1");
  client.write(get(1, 900));
  await until(() => ledger.length === 1, "the attempt");
  client.destroy();
  await until(() => ledger.length === 2, "the client to be missed");
  assert.deepEqual(ledger, [
    ["attempt", 1],
    ["abandoned", 1],
  ]);
  assert.equal(backend.stats().inFlight, 1);
  const after = await exchange(port, get(2, 5));
  assert.ok(timesOf(after).queue > 0, "waited for the work of the client that left");
  assert.deepEqual(ledger.slice(2), [
    ["attempt", 2],
    ["completed", 2],
  ]);
  assert.equal(backend.stats().abandoned, 1);
});

test("a reset frees the workers, ends old connections, and what was in flight is heard of no more", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  const old = exchange(port, get(1, 60_000));
  await until(() => ledger.length === 1, "the attempt");
  await afflict(backend);
  assert.equal((await old).text, "");
  assert.equal(timesOf(await exchange(port, get(2, 5))).queue, 0);
  assert.deepEqual(ledger, [
    ["attempt", 1],
    ["attempt", 2],
    ["completed", 2],
  ]);
  const { attempts, abandoned, inFlight } = backend.stats();
  assert.deepEqual({ attempts, abandoned, inFlight }, { attempts: 1, abandoned: 0, inFlight: 0 });
});

test("a reset closes idle connections of the trial before", async (t) => {
  const { backend, port } = await startBackend(t, { mode: "gthread" });
  const client = connect(port, "127.0.0.1");
  const closed = new Promise((resolve) => client.once("close", resolve));
  client.write(get(1, 0));
  await new Promise((resolve) => client.once("data", resolve));
  const before = performance.now();
  await afflict(backend);
  await closed;
  assert.ok(performance.now() - before < 1_900, "closed by the reset, not by the keep-alive time");
});

test("a body that comes late delays the answer, not the service", async (t) => {
  const { port, ledger } = await startBackend(t);
  const token = "a".repeat(32);
  const client = connect(port, "127.0.0.1");
  const head = [`Cookie: csrftoken=${token}`, `X-CSRFToken: ${token}`, "Content-Length: 4"];
  const answered = exchange(port, request("POST /basket/add/1/", head), client);
  await until(() => ledger.length === 1, "the attempt");
  client.write("a=");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(ledger.length, 1);
  client.write("bc");
  assert.equal((await answered).status, 302);
});

test("stopping answers what is in service and cuts what waits", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  const served = exchange(port, get(1, 900));
  await until(() => ledger.length === 1, "the first attempt");
  const waiting = exchange(port, get(2, 200));
  await until(() => ledger.length === 2, "the second attempt");
  await backend.stop();
  assert.equal((await served).status, 200);
  assert.equal((await waiting).ended, "ECONNRESET");
  assert.equal((await exchange(port, get(3, 1))).ended, "ECONNREFUSED");
});
