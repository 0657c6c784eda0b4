import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import type { BackendIndex } from "./algorithm.ts";
import { createTiered } from "./tiered.ts";

test("after a request the algorithm of its tier asks, and the answer goes to the one of the backend's tier", () => {
  const heard: (readonly [tier: number, backend: BackendIndex])[] = [];
  let made = 0;
  const create = () => {
    const tier = made++;
    return {
      pick: () => 0,
      probes: () => [2 * tier],
      probed: (backend: BackendIndex) => heard.push([tier, backend]),
    };
  };
  const tiered = createTiered({ create }, [0, 0, 1, 1], { rng: createRng(1) });
  for (const [started, asked] of [
    [3, 2],
    [1, 0],
    [2, 2],
  ] as const) {
    tiered.started?.(started, 0);
    assert.deepEqual(tiered.probes?.(0), [asked]);
  }
  for (const backend of [0, 3]) tiered.probed?.(backend, { inFlight: 0, latencyMs: 1 }, 0);
  assert.deepEqual(heard, [
    [0, 0],
    [1, 3],
  ]);
});
