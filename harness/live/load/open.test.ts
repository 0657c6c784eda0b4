import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { HEADER_K } from "../../../backends/protocol.ts";
import { clientAddress } from "../../traffic/client-address.ts";
import { createConnections } from "./connections.ts";
import { OK, startServer } from "./raw-server.ts";
import { createFlight } from "./tally.ts";
import { openTraffic, outcomeOf, type Played, playAgainst, quantile, REFUSING_PORT } from "./testbed.ts";

const LINUX = process.platform === "linux";
const numberOf = (head: string): number | null => {
  const match = new RegExp(`^${HEADER_K}: (\\d+)$`, "m").exec(head);
  return match === null ? null : Number(match[1]);
};

function assertCountsAddUp({ summary, rows, counts }: Played): void {
  assert.equal(rows.length, summary.scheduled);
  assert.equal(new Set(rows.map((row) => row.k)).size, rows.length, "one row per request");
  assert.equal(counts.dropped, summary.dropped);
  assert.equal(counts.inFlightAtEnd, summary.inFlightAtEnd);
  for (const row of rows) {
    assert.equal(Number.isNaN(row.sentUs), outcomeOf(row) === "dropped");
    assert.ok(row.endedUs >= row.dueUs);
  }
}

test("requests go out when the timetable says, never before, and Little's law holds", async () => {
  const server = await startServer((socket) => setTimeout(() => socket.write(OK), 10));
  const played = await playAgainst(server.port, openTraffic(500, { warmup: 200 }));
  await server.close();
  assertCountsAddUp(played);
  assert.equal(played.counts.ok, 500);
  const rows = [...played.rows].sort((a, b) => a.k - b.k);
  for (const [k, row] of rows.entries()) {
    assert.ok(Math.abs(row.dueUs - k * 2_000) < 1);
    assert.ok(row.sentUs >= row.dueUs);
    assert.equal(row.backend, 3);
  }
  assert.ok(
    quantile(
      rows.map((row) => row.sentUs - row.dueUs),
      0.5,
    ) < 10_000,
    "half of them within 10 ms",
  );
  const latencies = rows.reduce((sum, row) => sum + row.endedUs - row.dueUs, 0) / 1e6;
  assert.ok(
    Math.abs(played.summary.meanInFlight / latencies - 1) < 0.25,
    `${played.summary.meanInFlight} ${latencies}`,
  );
});

test("a stall of the whole target shows in the percentiles as theory says (Tene)", async () => {
  const [plannedMs, durationMs, fromMs] = [500, 2_000, 700];
  let zeroNs = 0n;
  const nowMs = () => Number(process.hrtime.bigint() - zeroNs) / 1e6;
  const held: Socket[] = [];
  let releasedMs = Number.NaN;
  let lastReleasedMs = Number.NaN;
  const release = () => {
    releasedMs = nowMs();
    for (const socket of held.splice(0)) socket.write(OK);
    lastReleasedMs = nowMs();
  };
  const server = await startServer((socket) => {
    if (nowMs() < fromMs || !Number.isNaN(releasedMs)) return socket.write(OK);
    if (held.push(socket) === 1) setTimeout(release, fromMs + plannedMs - nowMs());
  });
  const played = await playAgainst(server.port, openTraffic(200, { duration: durationMs }), {
    onStart: (ns) => {
      zeroNs = ns;
    },
  });
  await server.close();
  assertCountsAddUp(played);
  // The target says itself how long it stalled: a timer on a busy machine is late, and that is no error of ours.
  const stallMs = releasedMs - fromMs;
  assert.ok(stallMs >= plannedMs - 1 && stallMs < durationMs - fromMs, `stalled for ${stallMs} ms`);
  const latencies = played.rows.map((row) => (row.endedUs - row.dueUs) / 1_000);
  const outside = played.rows
    .filter((row) => row.dueUs < fromMs * 1_000 - 50_000 || row.dueUs > lastReleasedMs * 1_000 + 50_000)
    .map((row) => (row.endedUs - row.dueUs) / 1_000);
  // What a busy machine adds shows outside of the stall as well, and in how long the release takes.
  const tolerance = Math.max(0.01 * stallMs, 5) + quantile(outside, 0.95) + lastReleasedMs - releasedMs;
  for (const p of [0.85, 0.9, 0.95, 0.99]) {
    const theory = quantile(outside, 0.5) + stallMs - (1 - p) * durationMs;
    const measured = quantile(latencies, p);
    assert.ok(Math.abs(measured - theory) <= tolerance, `p${p}: ${measured} ms, theory ${theory} ms`);
  }
});

test("every way to fail is counted once, as what it is", async () => {
  const attempts = new Map<number, number>();
  const server = await startServer((socket, _index, head) => {
    const k = numberOf(head) ?? 0;
    attempts.set(k, (attempts.get(k) ?? 0) + 1);
    switch (k % 8) {
      case 0:
        return socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
      case 1:
        return socket.write("this is not HTTP\r\n\r\n");
      case 2:
        return socket.end("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
      case 3:
        return socket.resetAndDestroy();
      case 4:
        return;
      case 5:
        return socket.end("HTTP/1.1 200 OK\r\n\r\nuntil the end");
      default:
        return socket.write(OK);
    }
  });
  const played = await playAgainst(server.port, openTraffic(400, { timeout: 2_000 }));
  await server.close();
  assertCountsAddUp(played);
  const { counts } = played;
  assert.deepEqual(
    [counts.ok, counts.httpError, counts.timeout, counts.connectionError, counts.dropped],
    [150, 50, 50, 150, 0],
  );
  for (const row of played.rows) {
    if (outcomeOf(row) !== "timeout") continue;
    assert.ok(Math.abs(row.endedUs - row.dueUs - 2_000_000) < 1, "a timeout ends when it is due");
  }
  const retried = [...attempts.values()].filter((count) => count > 1);
  assert.equal(retried.length, played.summary.retries);
  assert.ok(
    retried.every((count) => count === 2),
    "at most one retry",
  );
});

test("a kept connection that the peer closed is not the request's fault, and shifts no latency", async () => {
  const served = new WeakMap<object, number>();
  const server = await startServer((socket) => {
    const count = (served.get(socket) ?? 0) + 1;
    served.set(socket, count);
    setTimeout(() => {
      socket.write(OK);
      if (count === 3) socket.end();
    }, 50);
  });
  const played = await playAgainst(server.port, openTraffic(200));
  await server.close();
  assertCountsAddUp(played);
  assert.equal(played.counts.ok, 200);
  assert.ok(played.summary.connectionsOpened >= 200 / 3);
  const latencies = played.rows.map((row) => row.endedUs - row.dueUs);
  assert.ok(Math.min(...latencies) >= 49_000);
  assert.ok(
    quantile(latencies, 0.5) < 100_000,
    `p50 ${quantile(latencies, 0.5)} us of a target that takes 50 ms`,
  );
});

test("a POST is never sent twice", async () => {
  const seen: number[] = [];
  const server = await startServer((socket, _index, head) => {
    seen.push(numberOf(head) ?? -1);
    if (seen.length % 2 === 0) socket.destroy();
    else socket.write(OK);
  });
  const post = { name: "buy", method: "POST" as const, path: "/buy", weight: 1, headers: {} };
  const played = await playAgainst(server.port, openTraffic(100, { clients: 1, requests: [post] as never }));
  await server.close();
  assertCountsAddUp(played);
  assert.equal(new Set(seen).size, seen.length);
  assert.deepEqual([played.counts.ok, played.counts.connectionError, played.summary.retries], [50, 50, 0]);
});

test("a target that refuses connections loses every request, and nothing else happens", async () => {
  const played = await playAgainst(REFUSING_PORT, openTraffic(200));
  assertCountsAddUp(played);
  assert.equal(played.counts.connectionError, 200);
  assert.equal(played.summary.connectionsOpened, 200);
});

test("a punctual request that finds every connection held by the target fails for that", async () => {
  const server = await startServer(() => {});
  const played = await playAgainst(server.port, openTraffic(100, { timeout: 5_000 }), {
    plan: { maxConnections: 3 },
    signal: AbortSignal.timeout(2_000),
  });
  await server.close();
  assertCountsAddUp(played);
  const { connectionError, dropped, inFlightAtEnd } = played.counts;
  assert.equal(inFlightAtEnd, 3);
  // Dropped is what a stall of this machine made late.
  assert.equal(connectionError + dropped, 97);
  assert.ok(connectionError > 48, `${connectionError} failed, ${dropped} dropped`);
});

test("a connection that another client does not use gives way at the limit", async () => {
  const server = await startServer((socket) => socket.write(OK));
  let answered: () => void = () => {};
  const fail = (): never => assert.fail("a request was lost");
  const connections = createConnections(
    { host: "127.0.0.1", port: server.port, distinctClients: LINUX, limit: 3 },
    { answered: () => answered(), failed: fail, exhausted: fail, stale: () => false, settled: () => {} },
  );
  for (let client = 0; client < 10; client++) {
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const flight = createFlight({ k: client, dueUs: 0, sentUs: 0, type: 0, client, demandUs: 1 });
    assert.ok(
      connections.send(flight, "GET / HTTP/1.1\r\n\r\n", false),
      `client ${client} got no connection`,
    );
    await answer;
  }
  assert.equal(connections.opened, 10);
  await connections.close();
  await server.close();
  assert.equal(server.requests, 10);
});

test("an abort leaves what was measured, and what was in flight is marked", async () => {
  const controller = new AbortController();
  const server = await startServer((socket, index) => {
    if (index < 20) socket.write(OK);
    if (index === 39) controller.abort();
  });
  const played = await playAgainst(server.port, openTraffic(200, { timeout: 10_000 }), {
    signal: controller.signal,
  });
  await server.close();
  assertCountsAddUp(played);
  assert.equal(played.counts.ok, 20);
  assert.ok(played.counts.inFlightAtEnd >= 20 && played.summary.scheduled < 200);
});

test("the warm-up carries no number, and every client has its own address", { skip: !LINUX }, async () => {
  const marked: boolean[] = [];
  const addresses = new Set<string>();
  const server = await startServer((socket, _index, head) => {
    marked.push(numberOf(head) !== null);
    addresses.add(socket.remoteAddress ?? "");
    socket.write(OK);
  });
  const played = await playAgainst(server.port, openTraffic(200, { warmup: 300, duration: 700, clients: 4 }));
  await server.close();
  assertCountsAddUp(played);
  assert.deepEqual([marked.length, marked.filter(Boolean).length, played.rows.length], [200, 140, 140]);
  assert.deepEqual([...addresses].sort(), [0, 1, 2, 3].map(clientAddress).sort());
});

test("a full disk ends the trial with the file's name and the reason", { skip: !LINUX }, async () => {
  const server = await startServer((socket) => socket.write(OK));
  const failing = playAgainst(server.port, openTraffic(2_000, { duration: 30_000 }), {
    plan: { rowsFile: "/dev/full" },
  });
  await assert.rejects(failing, /cannot write \/dev\/full: the disk is full/);
  const missing = playAgainst(server.port, openTraffic(10), { plan: { rowsFile: "/nowhere/rows.bin" } });
  await assert.rejects(missing, /cannot write \/nowhere\/rows.bin: ENOENT/);
  await server.close();
});
