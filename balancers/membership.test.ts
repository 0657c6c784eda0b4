import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { createProcessRuntime } from "../harness/live/runtimes/process.ts";
import type { Balancer, BalancerSpec, RunningBalancer } from "./balancer.ts";
import { builtin } from "./builtin/balancer.ts";
import { fetchBalancers } from "./fetch/fetch.ts";
import { haproxy } from "./haproxy/balancer.ts";
import { specAfter } from "./membership.ts";
import { nginx } from "./nginx/balancer.ts";
import { ask, askMany, startTestBackend, TEST_SPEC, type TestBackend, until } from "./shared/testkit.ts";

test("a specification follows its changes in their order", () => {
  const backends = [1, 2].map((id) => ({ id, host: "127.0.0.1", port: 8_000 + id, weight: 1 }));
  const spec = { ...TEST_SPEC, backends, membership: { absent: [2] } };
  const after = specAfter(spec, [
    { change: "add", backend: 2 },
    { change: "weight", backend: 2, weight: 3 },
    { change: "remove", backend: 1 },
  ]);
  assert.deepEqual(after.membership, { absent: [1] });
  assert.deepEqual(
    after.backends.map(({ weight }) => weight),
    [1, 3],
  );
  assert.throws(() => specAfter(spec, [{ change: "add", backend: 3 }]), /no backend 3/);
});

const found = await fetchBalancers(["nginx", "haproxy"]);

for (const balancer of [nginx, haproxy, builtin]) {
  const availability = found.get(balancer.name as "nginx" | "haproxy");
  const skip = availability?.available === false ? `${balancer.name}: ${availability.reason}` : false;
  describe(`${balancer.name} changes its backends while it runs`, { skip, timeout: 120_000 }, () =>
    against(balancer),
  );
}

/** A schedule that goes on with other weights may give one more or one less at its seams. */
function near(counts: readonly number[], expected: readonly number[]): void {
  assert.ok(
    counts.every((count, i) => Math.abs(count - expected[i]!) <= 1),
    `${counts} instead of ${expected}`,
  );
}

function against(balancer: Balancer): void {
  const runtime = createProcessRuntime();
  let folder = "";
  let backends: TestBackend[] = [];
  let instance = 0;
  let running: RunningBalancer;

  const start = async (
    t: TestContext,
    changes: Partial<BalancerSpec> = {},
  ): Promise<{ readonly port: number }> => {
    backends = await Promise.all([1, 2, 3].map((id) => startTestBackend(id)));
    const port = await runtime.freePort("127.0.0.1");
    const spec = {
      ...TEST_SPEC,
      backends: backends.map(({ address }) => address),
      listen: { host: "127.0.0.1", port },
      timeouts: { connectMs: 1_000, readMs: 20_000 },
      membership: { absent: [] },
      attempts: true,
      directory: join(folder, `${++instance}`),
      ...changes,
    };
    t.after(() => Promise.all(backends.map((backend) => backend.stop())));
    running = await balancer.start(spec, runtime);
    t.after(() => running.stop());
    return { port };
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "evenkeel-membership-"));
  });
  after(async () => {
    await runtime.stopAll();
    await rm(folder, { recursive: true, force: true });
  });

  const sharesOf = async (port: number, requests: number): Promise<readonly number[]> => {
    const answered = await askMany(requests, { port });
    return [1, 2, 3].map((id) => answered.get(id) ?? 0);
  };

  test("round robin spreads over those that are there", async (t) => {
    const { port } = await start(t, { membership: { absent: [3] } });
    assert.deepEqual(await sharesOf(port, 12), [6, 6, 0]);
    await running.change([{ change: "add", backend: 3 }]);
    assert.deepEqual(await sharesOf(port, 12), [4, 4, 4]);
    await running.change([
      { change: "remove", backend: 1 },
      { change: "remove", backend: 2 },
    ]);
    assert.deepEqual(await sharesOf(port, 12), [0, 0, 12]);
  });

  test("weighted round robin follows a weight, also one that needs another scale", async (t) => {
    const { port } = await start(t, { algorithm: "weighted-round-robin" });
    assert.deepEqual(await sharesOf(port, 12), [4, 4, 4]);
    await running.change([{ change: "weight", backend: 1, weight: 2 }]);
    near(await sharesOf(port, 40), [20, 10, 10]);
    await running.change([{ change: "weight", backend: 2, weight: 0.5 }]);
    near(await sharesOf(port, 70), [40, 10, 20]);
  });

  test("changes that come while others are under way follow them", async (t) => {
    const { port } = await start(t);
    await Promise.all([
      running.change([{ change: "remove", backend: 1 }]),
      running.change([{ change: "remove", backend: 2 }]),
      running.change([{ change: "add", backend: 1 }]),
    ]);
    assert.deepEqual(await sharesOf(port, 12), [6, 0, 6]);
  });

  test("what a removed backend has in flight is answered, and no request is lost meanwhile", async (t) => {
    const { port } = await start(t);
    for (const backend of backends) backend.behave("hold");
    const held = [1, 2, 3].map(() => ask({ port }));
    await until("each holds one", () => backends.every(({ inFlight }) => inFlight === 1));
    const removed = backends[0] as TestBackend;
    for (const backend of backends.slice(1)) backend.behave("answer");
    const arrived = (): number => backends.reduce((sum, { requests }) => sum + requests, 0);
    let isChanging = true;
    const stream = (async () => {
      while (isChanging) {
        const before = arrived();
        held.push(ask({ port }));
        await until("it is at a backend", () => arrived() > before);
      }
    })();
    await running.change([{ change: "remove", backend: 1 }]);
    isChanging = false;
    await stream;
    const sent = removed.requests;
    assert.deepEqual(await sharesOf(port, 10), [0, 5, 5]);
    assert.equal(removed.requests, sent, "nothing is sent there any more");
    assert.equal(removed.inFlight, sent, "what it has goes on");
    removed.behave("answer");
    for (const { status } of await Promise.all(held)) assert.equal(status, 200);
  });
}
