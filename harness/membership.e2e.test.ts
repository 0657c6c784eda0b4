import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { forEachRow } from "./measure/read-rows.ts";
import { createSandbox } from "./test-cli.ts";

const SCENARIO = `name: leaving
title: One of three leaves and returns, and another one gets more weight
backends: { count: 3, mode: gthread, threads: 8, service: { type: constant, value: 20ms } }
traffic: { model: open, arrivals: { type: constant, rate: 150 }, warmup: 500ms, duration: 4s }
contestants: { balancers: [nginx, haproxy, builtin], algorithms: [weighted-round-robin] }
membership:
  - { at: 1s, change: remove, backend: 3 }
  - { at: 2s, change: add, backend: 3 }
  - { at: 3s, change: weight, backend: 1, weight: 4 }
`;

const sandbox = createSandbox();
after(sandbox.remove);

test("a live run changes who is a backend at its instant, at every balancer, and loses no request of the window", async () => {
  sandbox.write("leaving.yaml", SCENARIO);
  const { code, stderr } = await sandbox.run(["run", "leaving.yaml", "--out", "out"]);
  assert.equal(code, 0, stderr);
  const { trials } = sandbox.record("out");
  assert.ok(trials.some(({ balancer }) => balancer === "builtin"));
  for (const { balancer, counts, membership = [], verdict, rows } of trials) {
    assert.equal(counts.ok, 600, `${balancer}: ${JSON.stringify(counts)} ${verdict.reasons}`);
    const [removed, added, weighed] = membership.map(({ doneAt }) => doneAt ?? Number.NaN);
    for (const { at, doneAt } of membership) assert.ok((doneAt ?? -1) >= at, `${balancer}: ${doneAt}`);
    const answers = async (fromMs = Number.NaN, toMs = Number.NaN): Promise<number[]> => {
      const counted = [0, 0, 0];
      await forEachRow(
        join(sandbox.cwd, "out", rows),
        ({ dueUs, backend }) => {
          if (dueUs >= fromMs * 1_000 && dueUs < toMs * 1_000) counted[backend - 1]! += 1;
        },
        { partial: false },
      );
      return counted;
    };
    const seen = `${balancer}, removed at ${removed} ms, added at ${added} ms, weighed at ${weighed} ms`;
    assert.deepEqual(await answers(0, 900), [45, 45, 45], seen);
    // A reload takes its time, and more on a busy machine: from when it is in force, nothing goes there.
    assert.equal((await answers(removed, 2_000))[2], 0, seen);
    const [heavy = 0, light = 0] = await answers(weighed, 4_000);
    assert.ok(heavy > 2 * light || heavy + light < 20, `${seen}: ${heavy} and ${light}`);
  }
});
