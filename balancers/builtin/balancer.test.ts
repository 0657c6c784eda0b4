import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { entry } from "#kernel/entry.ts";
import { createProcessRuntime } from "../../harness/live/runtimes/process.ts";
import { algorithms } from "../algorithms/registry.ts";
import { BalancerError, type BalancerSpec, type RunningBalancer } from "../balancer.ts";
import { builtin } from "./balancer.ts";
import type { ProxyMessage } from "./main.ts";
import { optionsSchema } from "./options.ts";
import { deadPort, dial, exchange, HOST, httpBackend, specOf, until } from "./testkit.ts";

const get = "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
const main = fileURLToPath(entry(import.meta.url, "./main"));

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "evenkeel-builtin-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function running(
  t: TestContext,
  ports: readonly number[],
  more: Partial<BalancerSpec> = {},
): Promise<RunningBalancer> {
  const runtime = createProcessRuntime();
  t.after(() => runtime.stopAll());
  return builtin.start(specOf(ports, { directory: await folder(t), ...more }), runtime);
}

test("parity and native render to their golden files", async () => {
  for (const tuning of ["parity", "native"] as const) {
    const spec = specOf([8_001, 8_002], {
      tuning,
      algorithm: "least-connections",
      timeouts: { connectMs: 1_000, readMs: 4_000 },
    });
    const [file, ...others] = builtin.render(spec);
    assert.ok(file);
    assert.deepEqual(others, []);
    const golden = new URL(`testdata/${tuning}.json`, import.meta.url);
    if (process.env.UPDATE_GOLDEN) await writeFile(golden, file.text);
    assert.equal(file.text, await readFile(golden, "utf8"));
  }
});

test("every algorithm of the registry and a file of one's own is supported, others are not", () => {
  for (const { name } of algorithms) {
    assert.equal(builtin.supports(name).supported, true);
    const text = builtin.render(specOf([8_001], { algorithm: name }))[0]?.text ?? "";
    assert.equal(optionsSchema.parse(JSON.parse(text)).algorithm, name);
  }
  assert.equal(builtin.supports("/home/me/mine.ts").supported, true);
  assert.deepEqual(builtin.supports("fastest"), {
    supported: false,
    reason: 'there is no algorithm "fastest"',
  });
});

test("overlays are rendered with all their parameters, tiers only where they count, and nothing without any", () => {
  const optionsOf = (algorithm: string) => {
    const spec = specOf([8_001, 8_002], { algorithm, overlays: { subset: { size: 1 } } });
    const backends = spec.backends.map((backend, at) => ({ ...backend, priority: at }));
    return optionsSchema.parse(JSON.parse(builtin.render({ ...spec, backends })[0]!.text));
  };
  const composed = optionsOf("random+subset+priority");
  assert.equal(composed.algorithm, "random");
  assert.deepEqual(composed.overlays, { subset: { size: 1 }, priority: { overprovisioning: 1.4 } });
  assert.deepEqual(
    composed.backends.map(({ priority }) => priority),
    [0, 1],
  );
  const plain = optionsOf("random");
  assert.ok(!("overlays" in plain) && plain.backends.every((backend) => !("priority" in backend)));
  for (const overlays of [
    { fast: {} },
    { subset: {} },
    { subset: { size: "2" } },
    { subset: { size: 2, more: 1 } },
  ])
    assert.equal(optionsSchema.safeParse({ ...composed, overlays }).success, false);
  assert.deepEqual(builtin.supports("random+fast"), {
    supported: false,
    reason: 'there is no overlay "fast"',
  });
});

test("it starts, shares the traffic, reports every attempt, and stops with exit code 0", async (t) => {
  const served = [0, 0, 0];
  const backends = await Promise.all(
    served.map((_, at) =>
      httpBackend(t, (_, reply) => {
        served[at]! += 1;
        reply.end("ok");
      }),
    ),
  );
  const before = process.hrtime.bigint();
  const balancer = await running(
    t,
    backends.map(({ port }) => port),
    { attempts: true },
  );
  const reported = [0, 0, 0];
  balancer.onAttempts(({ backend, count, atNs }) => {
    assert.ok(atNs > before && atNs <= process.hrtime.bigint());
    reported[backend - 1]! += count;
  });
  for (let k = 0; k < 30; k++) assert.match(await exchange(balancer.port, get), /^HTTP\/1\.1 200 /);
  await balancer.stop();
  await balancer.stop();
  assert.deepEqual(served, [10, 10, 10]);
  assert.deepEqual(reported, served);
  assert.equal(balancer.attemptResolutionMs, 20);
  assert.deepEqual(await balancer.handle.exited, { code: 0, signal: null });
});

test("SIGTERM loses no request in flight, closes idle connections and accepts no new ones", async (t) => {
  const waiting: (() => void)[] = [];
  const backend = await httpBackend(t, (_, reply) => waiting.push(() => reply.end("late")));
  const balancer = await running(t, [backend.port]);
  const idle = await dial(t, balancer.port);
  const idleClosed = once(idle, "close");
  const answers = Array.from({ length: 20 }, () =>
    exchange(balancer.port, get.replace("Connection: close\r\n", "")),
  );
  await until(() => waiting.length === 20, "the requests");
  const stopped = balancer.stop();
  await idleClosed;
  await assert.rejects(exchange(balancer.port, get), /ECONNREFUSED/);
  for (const answer of waiting) answer();
  for (const answer of await Promise.all(answers))
    assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*Connection: close[\s\S]*late$/i);
  await stopped;
  assert.deepEqual(await balancer.handle.exited, { code: 0, signal: null });
});

test("draining is bounded: a request that never ends is cut and said so", async (t) => {
  let arrived = false;
  const backend = await httpBackend(t, () => {
    arrived = true;
  });
  const balancer = await running(t, [backend.port]);
  const answer = exchange(balancer.port, get);
  await until(() => arrived, "the request");
  await balancer.stop();
  assert.equal(await answer, "");
  assert.deepEqual(await balancer.handle.exited, { code: 0, signal: null });
  assert.match(balancer.handle.logs(), /1 requests were cut/);
});

test("two workers share the port and both serve", async (t) => {
  const clients = new Set<string>();
  const backend = await httpBackend(t, (_, reply) => reply.end("ok"));
  const balancer = await running(t, [backend.port], { workers: 2, attempts: true });
  let reported = 0;
  balancer.onAttempts(({ count }) => {
    reported += count;
  });
  for (let k = 0; k < 20; k++) clients.add((await exchange(balancer.port, get)).slice(0, 15));
  assert.deepEqual([...clients], ["HTTP/1.1 200 OK"]);
  assert.ok(backend.connections >= 2, "one worker would have used one connection again");
  await until(() => reported === 20, "the reports");
  await balancer.stop();
  assert.deepEqual(await balancer.handle.exited, { code: 0, signal: null });
});

test("a port in use is one line in the words of the system, with one worker and with two", async (t) => {
  const squatter = createServer().listen(0, HOST);
  await once(squatter, "listening");
  t.after(() => squatter.close());
  const { port } = squatter.address() as AddressInfo;
  for (const workers of [1, 2]) {
    await assert.rejects(
      running(t, [await deadPort(t)], { workers, listen: { host: HOST, port } }),
      (error: unknown) => {
        assert.ok(error instanceof BalancerError);
        assert.match(error.message, /^builtin did not start: .*EADDRINUSE/);
        assert.ok(!error.message.includes("\n"));
        return true;
      },
    );
  }
});

test("an algorithm from a user's own file decides, and a file without one is refused", async (t) => {
  const directory = await folder(t);
  const last = join(directory, "last.mjs");
  await writeFile(
    last,
    "export const algorithm = { name: 'last', family: 'static', weighted: false, create: () => ({ pick: (_, pool) => pool.eligible.at(-1) }) };",
  );
  const empty = join(directory, "empty.mjs");
  await writeFile(empty, "export const nothing = 1;");
  const served: number[] = [];
  const backends = await Promise.all(
    [1, 2, 3].map((id) =>
      httpBackend(t, (_, reply) => {
        served.push(id);
        reply.end();
      }),
    ),
  );
  const ports = backends.map(({ port }) => port);
  const balancer = await running(t, ports, { algorithm: last });
  await exchange(balancer.port, get);
  await exchange(balancer.port, get);
  assert.deepEqual(served, [3, 3]);
  await assert.rejects(
    running(t, ports, { algorithm: empty }),
    /did not start: .*empty\.mjs: exports no `algorithm`/,
  );
  await assert.rejects(
    running(t, ports, { algorithm: join(directory, "no.mjs") }),
    /did not start: .*no\.mjs: there is no such file/,
  );
});

test("it ends when its parent is gone, with one worker and with two", async (t) => {
  const backend = await httpBackend(t, () => undefined);
  for (const workers of [1, 2]) {
    const directory = await folder(t);
    const file = join(directory, "builtin.json");
    await writeFile(file, builtin.render(specOf([backend.port], { workers }))[0]?.text ?? "");
    const child = fork(main, [file], { serialization: "advanced", execArgv: [] });
    t.after(() => child.kill("SIGKILL"));
    const [message] = (await once(child, "message")) as [ProxyMessage];
    assert.equal(message.type, "ready");
    const answer = exchange((message as { port: number }).port, get).catch(() => "");
    child.disconnect();
    await once(child, "exit");
    assert.equal(await answer, "");
  }
});

test("options that are not valid are refused before anything listens", async (t) => {
  const file = join(await folder(t), "builtin.json");
  await writeFile(file, "{}");
  const child = fork(main, [file], { serialization: "advanced", execArgv: [], silent: true });
  const [message] = (await once(child, "message")) as [ProxyMessage];
  assert.ok(message.type === "failed" && /builtin\.json: .*algorithm/.test(message.message));
  const [code] = (await once(child, "exit")) as [number];
  assert.equal(code, 1);
});
