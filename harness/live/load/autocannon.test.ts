/**
 * What autocannon itself makes of a run, beside what we make of the same target: why its connections are used and its timing is not.
 * A version that mends one of these makes its test fail, and the recipe of `autocannon-user.ts` may then be simpler.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { mean } from "#kernel/statistics.ts";
import { OK, startServer } from "./raw-server.ts";
import { closedTraffic, openTraffic, type Played, playAgainst, quantile } from "./testbed.ts";

interface RawResult {
  readonly "2xx": number;
  readonly latency: { readonly totalCount: number; readonly average: number; readonly p50: number };
}
type RawRun = Promise<RawResult> & {
  on(event: "response", listener: (client: unknown, status: number, bytes: number, ms: number) => void): void;
};

/** The package as it is: its own clock, its own queue, its own histogram. `latencies` are its response times in ms, unrounded. */
async function rawAutocannon(options: Readonly<Record<string, unknown>>): Promise<{
  readonly result: RawResult;
  readonly latencies: readonly number[];
}> {
  const autocannon = createRequire(import.meta.url)("autocannon") as (options: unknown) => RawRun;
  const latencies: number[] = [];
  const run = autocannon(options);
  run.on("response", (_client, _status, _bytes, ms) => latencies.push(ms));
  return { result: await run, latencies };
}

const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
const millisOf = ({ rows }: Played): readonly number[] =>
  [...rows].sort((a, b) => a.endedUs - b.endedUs).map((row) => (row.endedUs - row.dueUs) / 1_000);

test("autocannon's correction for a rate makes up samples; ours has one per request", async () => {
  const server = await startServer((socket) => setTimeout(() => socket.write(OK), 50));
  const { result } = await rawAutocannon({
    url: urlOf(server.port),
    connections: 4,
    overallRate: 40,
    duration: 2,
  });
  const played = await playAgainst(server.port, openTraffic(40, { duration: 2_000 }));
  await server.close();
  // Every response of 50 ms adds 49 that nobody sent: 49 ms, 48 ms, ... 1 ms.
  assert.ok(result["2xx"] > 20);
  assert.ok(
    result.latency.totalCount > 10 * result["2xx"],
    `${result.latency.totalCount} samples of ${result["2xx"]} responses`,
  );
  assert.equal(played.rows.length, 80);
  assert.equal(played.counts.ok, 80);
  assert.ok(Math.min(...millisOf(played)) >= 49);
});

test("after lost connections autocannon's latencies grow without end; ours stay what the target takes", async () => {
  const served = new WeakMap<object, number>();
  const server = await startServer((socket) => {
    const count = (served.get(socket) ?? 0) + 1;
    served.set(socket, count);
    setTimeout(() => {
      socket.write(OK, () => {
        if (count === 3) setTimeout(() => socket.end(), 2);
      });
    }, 20);
  });
  const raw = await rawAutocannon({ url: urlOf(server.port), connections: 1, duration: 3 });
  const played = await playAgainst(server.port, closedTraffic(1, { duration: 2_000 }));
  await server.close();
  const ours = millisOf(played);
  assert.ok(raw.latencies.length > 30 && ours.length > 20, "enough connections were lost on both sides");
  const lastOf = (latencies: readonly number[]): number => quantile(latencies.slice(-10), 0.5);
  assert.ok(lastOf(raw.latencies) > 5 * lastOf(ours), `${lastOf(raw.latencies)} ms, ours ${lastOf(ours)} ms`);
  assert.ok(lastOf(raw.latencies) > 200, `${lastOf(raw.latencies)} ms of a target that takes 20 ms`);
});

test("autocannon's histogram floors to whole milliseconds; ours keeps microseconds", async () => {
  const server = await startServer((socket) => socket.write(OK));
  const raw = await rawAutocannon({ url: urlOf(server.port), connections: 2, duration: 1 });
  const played = await playAgainst(server.port, closedTraffic(2, { duration: 500 }));
  await server.close();
  const { latency } = raw.result;
  assert.ok(Number.isInteger(latency.p50));
  const lost = mean(raw.latencies) - latency.average;
  assert.ok(
    lost > 0.05,
    `its own responses took ${mean(raw.latencies)} ms on average, it reports ${latency.average} ms`,
  );
  assert.ok(quantile(millisOf(played), 0.5) > 0);
});
