import assert from "node:assert/strict";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { processStat } from "./proc.ts";
import { createProcessRuntime } from "./process.ts";

const node = process.execPath;
const cwd = tmpdir();
const forever = "setInterval(() => {}, 1000); process.stdout.write('up\\n')";

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !condition(); tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(condition(), "waited 10 s in vain");
}

describe("process runtime", () => {
  it("stops a service and everything that the service started", async () => {
    const runtime = createProcessRuntime();
    const script = `const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(forever)}]); console.log("child=" + c.pid); ${forever}`;
    const handle = await runtime.start({ name: "parent", command: node, args: ["-e", script], cwd });
    await until(() => handle.logs().includes("child="));
    const child = Number(/child=(\d+)/.exec(handle.logs())?.[1]);
    assert.ok(processStat(child) !== null);
    await runtime.stopAll();
    await until(() => [null, "Z"].includes(processStat(child)?.state ?? null));
    assert.equal(handle.running, false);
  });

  it("pauses and resumes, and stops a paused service", async () => {
    const runtime = createProcessRuntime();
    const handle = await runtime.start({ name: "sleeper", command: node, args: ["-e", forever], cwd });
    await until(() => handle.logs().includes("up"));
    handle.pause();
    await until(() => processStat(handle.pid)?.state === "T");
    handle.resume();
    await until(() => processStat(handle.pid)?.state !== "T");
    handle.pause();
    assert.equal((await handle.stop()).signal, "SIGTERM");
  });

  it("kills a service that ignores the request to stop", async () => {
    const runtime = createProcessRuntime();
    const handle = await runtime.start({
      name: "stubborn",
      command: node,
      args: ["-e", `process.on("SIGTERM", () => {}); ${forever}`],
      cwd,
    });
    await until(() => handle.logs().includes("up"));
    assert.equal((await handle.stop({ graceMs: 100 })).signal, "SIGKILL");
  });

  it("hands over what a child wrote to descriptor 3 and over its message channel", async () => {
    const runtime = createProcessRuntime();
    const script = `require("fs").writeSync(3, "ledger"); process.on("message", (m) => { process.send({ echo: m }); process.disconnect(); });`;
    const handle = await runtime.start({
      name: "talker",
      command: node,
      args: ["-e", script],
      cwd,
      ipc: true,
      ledger: true,
    });
    const echo = new Promise((resolve) => handle.onMessage(resolve));
    const [chunk] = await once(handle.ledger ?? assert.fail("no ledger"), "data");
    assert.equal(String(chunk), "ledger");
    handle.send({ big: 1n });
    assert.deepEqual(await echo, { echo: { big: 1n } });
    assert.deepEqual(await handle.exited, { code: 0, signal: null });
  });

  it("measures CPU time and memory of a service", async () => {
    const runtime = createProcessRuntime();
    const handle = await runtime.start({ name: "burner", command: node, args: ["-e", "for (;;) {}"], cwd });
    await until(() => handle.cpuNs() > 50e6);
    assert.ok(handle.rssBytes() > 10e6);
    await runtime.stopAll();
  });

  it("says which command could not be started", async () => {
    const runtime = createProcessRuntime();
    await assert.rejects(
      runtime.start({ name: "ghost", command: "/no/such/binary", args: [], cwd }),
      /cannot start ghost \(\/no\/such\/binary\)/,
    );
  });

  it("runs a command to its end without a shell and within its time", async () => {
    const runtime = createProcessRuntime();
    const echo = await runtime.run(node, ["-p", "process.argv[1]", "$(id); `id`"], {
      cwd,
      timeoutMs: 10_000,
    });
    assert.deepEqual(echo, { code: 0, output: "$(id); `id`" });
    const slow = await runtime.run(node, ["-e", forever], { cwd, timeoutMs: 300 });
    assert.match(slow.output, /timed out/);
    await assert.rejects(runtime.run("/no/such/binary", [], { cwd, timeoutMs: 1_000 }), /ENOENT/);
  });

  it("finds a port below the range of outgoing connections, never the same twice", async () => {
    const runtime = createProcessRuntime();
    const ports = await Promise.all(Array.from({ length: 50 }, () => runtime.freePort("127.0.0.1")));
    assert.equal(new Set(ports).size, 50);
    assert.ok(ports.every((port) => port >= 10_000 && port < 32_768));
  });
});
