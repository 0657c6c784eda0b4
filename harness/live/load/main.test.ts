import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { entry } from "#kernel/entry.ts";
import type { Traffic } from "../../../scenarios/scenario.ts";
import type { LoadOrder, LoadReport } from "./plan.ts";
import { OK, startServer } from "./raw-server.ts";
import { closedTraffic, openTraffic, parseRows } from "./testbed.ts";

const LIMIT_MS = 20_000;

function report(load: ChildProcess, ...types: readonly LoadReport["type"][]): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no ${types.join(" or ")} in time`)), LIMIT_MS);
    const onMessage = (message: unknown): void => {
      const received = message as LoadReport;
      if (!types.includes(received.type)) return;
      clearTimeout(limit);
      load.off("message", onMessage);
      resolve(received);
    };
    load.on("message", onMessage);
  });
}

test("one process plays trial after trial, survives a failed one, and ends when its parent goes away", async () => {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-load-"));
  const server = await startServer((socket) => socket.write(OK));
  const load = fork(entry(import.meta.url, "./main"), { serialization: "advanced" });
  const send = (traffic: Traffic, rowsFile: string): void => {
    const order: LoadOrder = {
      type: "play",
      plan: {
        target: { host: "127.0.0.1", port: server.port },
        seed: 1,
        traffic,
        service: { type: "constant", value: 5 },
        capacity: 100,
        zeroNs: String(process.hrtime.bigint() + 50_000_000n),
        rowsFile,
      },
    };
    load.send(order);
  };
  try {
    await report(load, "ready");
    for (const traffic of [
      openTraffic(200, { duration: 300 }),
      closedTraffic(2, { duration: 300, think: 20 }),
    ]) {
      const path = join(folder, `${traffic.model}.bin`);
      const done = report(load, "done", "failed");
      send(traffic, path);
      const result = await done;
      assert.equal(result.type, "done");
      assert.equal(
        parseRows(await readFile(path)).length,
        result.type === "done" && result.summary.scheduled,
      );
    }
    const failed = report(load, "done", "failed");
    send(openTraffic(10, { duration: 300 }), join(folder, "missing", "rows.bin"));
    const failure = await failed;
    assert.match(failure.type === "failed" ? failure.message : "", /cannot write .*rows\.bin/);

    const aborted = report(load, "done", "failed");
    const progress = report(load, "progress");
    send(openTraffic(100, { duration: 60_000 }), join(folder, "aborted.bin"));
    await progress;
    load.send({ type: "abort" } satisfies LoadOrder);
    const last = await aborted;
    const rows = parseRows(await readFile(join(folder, "aborted.bin")));
    assert.ok(last.type === "done" && last.summary.scheduled === rows.length && rows.length > 0);

    const exit = once(load, "exit");
    load.disconnect();
    assert.deepEqual(await exit, [0, null]);
  } finally {
    load.kill();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
