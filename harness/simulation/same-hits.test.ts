import assert from "node:assert/strict";
import { test } from "node:test";
import { faultSchema } from "../../backends/faults/registry.ts";
import { windowsOf } from "../../backends/faults/windows.ts";
import { HEADER_DEMAND_US, HEADER_K } from "../../backends/protocol.ts";
import { exchange, request, SPEC, startBackend, timesOf } from "../../backends/testing.ts";
import { createFleet } from "./fleet.ts";
import type { Caller } from "./trouble.ts";

const SEED = 5;
const REQUESTS = 60;

test("of the same seed, the same requests are hit on the wire and simulated, by as much", async (t) => {
  const entries = [
    { type: "abort", share: 0.3, status: { 500: 1, 503: 1 } },
    { type: "latency", latency: { type: "exponential", mean: "20ms" }, share: 0.5, paths: ["/healthz/"] },
  ].map((fault) => faultSchema.parse({ at: "0ms", for: "60s", backend: SPEC.id, ...fault }));
  const faults = windowsOf(entries, { count: SPEC.id, durationMs: 60_000, seed: SEED });
  const { backend, port } = await startBackend(t, { workers: REQUESTS, seed: 99 });
  await backend.reset({ zeroNs: String(process.hrtime.bigint()), seed: SEED, faults });
  const live = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, k) => {
      const headers = [`${HEADER_K}: ${k}`, `${HEADER_DEMAND_US}: 1000`];
      const answer = await exchange(port, request("GET /healthz/", headers));
      return { status: answer.status, serviceUs: timesOf(answer).service };
    }),
  );
  const WORK = { demandMs: 1, ioMs: 0, gilFreeMs: 0, clientMs: 0 };
  const deployment = { mode: "sync", workers: REQUESTS, threads: 1, speed: 1 } as const;
  const fleet = createFleet(Array(SPEC.id).fill(deployment), faults, SEED);
  const simulated = Array.from({ length: REQUESTS }, (_, k) => {
    const caller: Caller = {
      accidents: () => assert.fail("sync workers share a queue"),
      k,
      method: "GET",
      path: "/healthz/",
      answerBytes: () => 2,
    };
    const { status, serviceMs } = fleet.arrive(SPEC.id - 1, k, WORK, caller);
    return { status, serviceUs: Math.round(serviceMs * 1_000) };
  });
  assert.deepEqual(live, simulated);
  assert.deepEqual(new Set(live.map(({ status }) => status)), new Set([200, 500, 503]));
  assert.ok(new Set(live.map(({ serviceUs }) => serviceUs)).size > 20);
});
