import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { HEADER_K } from "../../../backends/protocol.ts";
import type { Row } from "../../rows.ts";
import { clientAddress } from "../../traffic/client-address.ts";
import { createThink } from "../../traffic/think.ts";
import { OK, startServer } from "./raw-server.ts";
import { closedTraffic, outcomeOf, type Played, playAgainst, quantile, REFUSING_PORT } from "./testbed.ts";

const LINUX = process.platform === "linux";
const require = createRequire(import.meta.url);

function assertCountsAddUp({ summary, rows, counts }: Played): void {
  assert.equal(rows.length, summary.scheduled);
  assert.equal(new Set(rows.map((row) => row.k)).size, rows.length, "one row per request");
  assert.equal(counts.dropped + counts.inFlightAtEnd, summary.dropped + summary.inFlightAtEnd);
  for (const row of rows) assert.equal(row.dueUs, outcomeOf(row) === "dropped" ? row.dueUs : row.sentUs);
}

const latenciesOf = ({ rows }: Played) =>
  rows.filter((row) => outcomeOf(row) === "ok").map((row) => row.endedUs - row.dueUs);

function byUser({ rows }: Played, users: number): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) groups.set(row.k % users, [...(groups.get(row.k % users) ?? []), row]);
  return groups;
}

test("autocannon is the version whose private methods we drive", () => {
  assert.equal(require("autocannon/package.json").version, "9.0.0");
  const { prototype } = require("autocannon/lib/httpClient.js");
  for (const method of [
    "_connect",
    "_doRequest",
    "_resetConnection",
    "_destroyConnection",
    "getRequestBuffer",
  ])
    assert.equal(typeof prototype[method], "function", method);
  const { HTTPParser } = createRequire(require.resolve("autocannon"))("http-parser-js");
  assert.deepEqual([HTTPParser.kOnHeadersComplete, HTTPParser.kOnMessageComplete], [2, 4]);
});

test("there is one row per response, finer than a millisecond and without made-up ones", async () => {
  const server = await startServer((socket) => socket.write(OK));
  const played = await playAgainst(server.port, closedTraffic(4, { duration: 500 }));
  await server.close();
  assertCountsAddUp(played);
  assert.equal(played.rows.length, server.requests);
  assert.equal(played.counts.ok, server.requests);
  const latencies = latenciesOf(played);
  assert.ok(
    latencies.every((us) => us > 0),
    "none is rounded down to 0",
  );
  const fine = latencies.filter((us) => us % 1_000 !== 0).length;
  assert.ok(fine > latencies.length / 2, `${fine} of ${latencies.length} are no whole milliseconds`);
  assert.equal(played.summary.connectionsOpened, 4);
});

test("users are limited by the target: N users and a target of 50 ms have N requests in flight", async () => {
  const server = await startServer((socket) => setTimeout(() => socket.write(OK), 50));
  const played = await playAgainst(server.port, closedTraffic(6));
  await server.close();
  assertCountsAddUp(played);
  assert.ok(played.rows.length <= 6 * 21, `${played.rows.length} requests`);
  assert.ok(Math.abs(played.summary.meanInFlight / 6 - 1) < 0.25, `${played.summary.meanInFlight}`);
  const perUser = byUser(played, 6);
  for (const [user, rows] of perUser)
    assert.deepEqual(
      rows.map((row) => row.k),
      rows.map((_, j) => j * 6 + user),
    );
});

for (const [how, lose] of [
  ["closed after a third response", (end: () => void) => end()],
  ["reset after a third response", (_end: () => void, reset: () => void) => reset()],
] as const) {
  test(`a connection ${how} loses nothing and shifts no later latency`, async () => {
    const served = new WeakMap<object, number>();
    const server = await startServer((socket) => {
      const count = (served.get(socket) ?? 0) + 1;
      served.set(socket, count);
      setTimeout(() => {
        // The end follows once the response is out, so that none is lost with it.
        socket.write(OK, () => {
          if (count === 3)
            setTimeout(
              () =>
                lose(
                  () => socket.end(),
                  () => socket.resetAndDestroy(),
                ),
              5,
            );
        });
      }, 50);
    });
    const played = await playAgainst(server.port, closedTraffic(4));
    await server.close();
    assertCountsAddUp(played);
    assert.equal(played.counts.ok, played.rows.length);
    assert.ok(played.summary.connectionsOpened >= played.rows.length / 3 - 4);
    assert.ok(played.summary.retries > 0);
    assertUnshifted(played);
  });
}

/** The first request of a user is its own measure: autocannon alone would add 50 ms per connection lost. */
function assertUnshifted(played: Played): void {
  const latencies = latenciesOf(played);
  assert.ok(Math.min(...latencies) >= 49_000);
  assert.ok(
    quantile(latencies, 0.5) < 110_000,
    `p50 ${quantile(latencies, 0.5)} us of a target that takes 50 ms`,
  );
}

test("every way to fail is counted once, as what it is, and the user goes on", async () => {
  let seen = 0;
  const sent = new Map<string, number>();
  const count = (kind: string): void => {
    sent.set(kind, (sent.get(kind) ?? 0) + 1);
  };
  const server = await startServer((socket) => {
    const turn = seen++ % 8;
    if (turn === 0) {
      count("timeout");
    } else if (turn === 1) {
      count("httpError");
      socket.write("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n");
    } else if (turn === 2) {
      count("connectionError");
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", () => socket.resetAndDestroy());
    } else if (turn === 3) {
      count("connectionError");
      socket.write("garbage\r\n\r\n");
    } else if (turn === 4) {
      count("ok");
      socket.end("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    } else {
      count("ok");
      socket.write(OK);
    }
  });
  const played = await playAgainst(server.port, closedTraffic(3, { timeout: 200, duration: 1_500 }));
  await server.close();
  assertCountsAddUp(played);
  for (const kind of ["ok", "httpError", "timeout", "connectionError"] as const)
    assert.equal(played.counts[kind], sent.get(kind), kind);
  assert.ok(played.rows.length > 16);
  for (const row of played.rows) {
    if (outcomeOf(row) === "timeout") assert.ok(Math.abs(row.endedUs - row.dueUs - 200_000) < 1);
    else assert.ok(row.endedUs - row.dueUs <= 200_000);
  }
});

test("users of a target that refuses connections try again ten times a second, not without end", async () => {
  const played = await playAgainst(REFUSING_PORT, closedTraffic(3));
  assertCountsAddUp(played);
  assert.equal(played.counts.connectionError, played.rows.length, JSON.stringify(played.counts));
  assert.ok(played.rows.length >= 3 && played.rows.length <= 3 * 10, `${played.rows.length} requests`);
});

test("a user thinks after each response, in the warm-up too, and the warm-up carries no number", async () => {
  const marked: boolean[] = [];
  const server = await startServer((socket, _index, head) => {
    marked.push(head.includes(HEADER_K));
    socket.write(OK);
  });
  const played = await playAgainst(server.port, closedTraffic(4, { think: 100, warmup: 500 }));
  await server.close();
  assertCountsAddUp(played);
  assert.equal(marked.filter(Boolean).length, played.rows.length);
  const warm = marked.length - played.rows.length;
  assert.ok(warm >= 4 && warm <= 20, `${warm} in the warm-up`);
  for (const rows of byUser(played, 4).values()) {
    for (const [j, row] of rows.entries())
      if (j > 0) assert.ok(row.sentUs - rows[j - 1]!.endedUs >= 99_999, "less than the pause");
  }
});

test("a user pauses as long as (seed, user, j) says, where pauses are drawn", async () => {
  const server = await startServer((socket) => socket.write(OK));
  const traffic = closedTraffic(5, { think: { type: "exponential", mean: 40 }, duration: 1_500 });
  const played = await playAgainst(server.port, traffic, { plan: { seed: 21 } });
  await server.close();
  assertCountsAddUp(played);
  const pauses = createThink(traffic as Parameters<typeof createThink>[0], 21);
  let checked = 0;
  for (const [user, rows] of byUser(played, 5)) {
    for (const [j, row] of rows.entries()) {
      if (j === 0) continue;
      const pausedUs = row.sentUs - rows[j - 1]!.endedUs;
      assert.ok(pausedUs >= pauses.after(user, j - 1, "window") * 1_000 - 1, `user ${user}, request ${j}`);
      checked += 1;
    }
  }
  assert.ok(checked >= 20, `${checked} pauses`);
});

test("each user keeps a client address of its own, and a HEAD has no body", { skip: !LINUX }, async () => {
  const all = 6;
  const users = new Map<string, Set<number>>();
  const sent = new Map<number, number>();
  const controller = new AbortController();
  const server = await startServer((socket, _index, head) => {
    const user = Number(new RegExp(`${HEADER_K}: (\\d+)`).exec(head)?.[1]) % all;
    const address = socket.remoteAddress ?? "";
    users.set(address, (users.get(address) ?? new Set()).add(user));
    sent.set(user, (sent.get(user) ?? 0) + 1);
    setTimeout(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"), 5);
    // Not after a time: a busy machine may let a short window pass before anybody has sent. Nobody sends twice who waits for a body.
    if (sent.size === all && [...sent.values()].every((count) => count >= 3)) controller.abort();
  });
  const head = { name: "probe", method: "HEAD" as const, path: "/", weight: 1, headers: {} };
  const traffic = closedTraffic(all, {
    clients: 4,
    duration: 60_000,
    timeout: 30_000,
    requests: [head] as never,
  });
  const played = await playAgainst(server.port, traffic, { signal: controller.signal });
  await server.close();
  assertCountsAddUp(played);
  assert.equal(played.counts.ok + played.counts.inFlightAtEnd, played.rows.length);
  assert.ok(played.counts.ok >= 2 * all, `${played.counts.ok} answers`);
  assert.deepEqual([...(users.get(clientAddress(1)) ?? [])].sort(), [1, 5]);
  assert.equal(users.size, 4);
});

test("a user who gave up waiting thinks and no more: only a lost connection is a reason to back off", async () => {
  const server = await startServer(() => undefined);
  const played = await playAgainst(server.port, closedTraffic(3, { think: 20, timeout: 60 }));
  await server.close();
  assertCountsAddUp(played);
  assert.equal(played.counts.timeout, played.rows.length);
  const pausesMs = [...byUser(played, 3).values()].flatMap((rows) =>
    rows.slice(1).map((row, j) => (row.sentUs - rows[j]!.endedUs) / 1_000),
  );
  assert.ok(Math.min(...pausesMs) >= 19.999, "less than the pause");
  assert.ok(Math.min(...pausesMs) < 100, `${pausesMs}`);
});

test("an abort ends a closed trial at once with what was measured", async () => {
  const controller = new AbortController();
  const server = await startServer((socket, index) => {
    if (index < 10) socket.write(OK);
    if (index === 12) controller.abort();
  });
  const traffic = closedTraffic(5, { duration: 60_000, timeout: 30_000 });
  const played = await playAgainst(server.port, traffic, { signal: controller.signal });
  await server.close();
  assertCountsAddUp(played);
  assert.equal(played.counts.ok, 10);
  assert.equal(played.counts.inFlightAtEnd, played.rows.length - 10);
});
