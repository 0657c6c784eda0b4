import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createProcessRuntime } from "../harness/live/runtimes/process.ts";
import { fetchBalancers } from "./fetch/fetch.ts";
import { haproxy } from "./haproxy/balancer.ts";
import { nginx } from "./nginx/balancer.ts";
import { PARITY } from "./parity.ts";
import { ask, startTestBackend, TEST_SPEC } from "./shared/testkit.ts";

const found = await fetchBalancers(["nginx", "haproxy"]);

describe("a backend that was down is used again", { concurrency: true, timeout: 60_000 }, () => {
  for (const balancer of [nginx, haproxy]) {
    const availability = found.get(balancer.name as "nginx" | "haproxy");
    const skip = availability?.available ? false : `${balancer.name}: ${availability?.reason}`;
    test(`${balancer.name}: not before the time it was taken out for`, { skip }, async () => {
      const runtime = createProcessRuntime();
      const directory = await mkdtemp(join(tmpdir(), "evenkeel-returning-"));
      const backends = await Promise.all([1, 2].map((id) => startTestBackend(id)));
      try {
        const port = await runtime.freePort("127.0.0.1");
        const listen = { host: "127.0.0.1", port };
        const running = await balancer.start(
          { ...TEST_SPEC, backends: backends.map(({ address }) => address), listen, directory },
          runtime,
        );
        await backends[0]!.stop();
        for (let index = 0; index < 4; index++) assert.equal((await ask({ port })).backend, 2);
        const outAt = performance.now();
        await backends[0]!.restart();
        let answer = await ask({ port });
        for (; answer.backend !== 1; answer = await ask({ port })) {
          assert.ok(performance.now() - outAt < 2.5 * PARITY.failTimeoutMs, "it never came back");
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const away = performance.now() - outAt;
        // NGINX counts whole seconds.
        assert.ok(away > PARITY.failTimeoutMs - 1_500, `it came back after ${away} ms`);
        await running.stop();
      } finally {
        await Promise.all(backends.map((backend) => backend.stop()));
        await runtime.stopAll();
        await rm(directory, { recursive: true, force: true });
      }
    });
  }
});
