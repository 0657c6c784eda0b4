import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import type { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { entry } from "#kernel/entry.ts";
import {
  type BackendFailed,
  type BackendReady,
  type BackendSpec,
  HEADER_K,
  HEADER_TOKEN,
  LEDGER,
  LEDGER_ENTRY_BYTES,
} from "./protocol.ts";
import { exchange, request, SPEC, timesOf, until, within } from "./testing.ts";

const TOKEN = "a secret";

interface Process {
  readonly child: ChildProcess;
  readonly first: BackendReady | BackendFailed;
  /** Entries of the ledger so far, `[event, k]`. */
  entries(): [event: number, k: number, atNs: number][];
  readonly exited: Promise<number | string | null>;
}

/** Starts main.ts as the harness does, and waits for its first message. */
async function start(t: TestContext, spec: Partial<BackendSpec> = {}): Promise<Process> {
  const { token: _, ...rest } = { ...SPEC, ...spec };
  const child = spawn(
    process.execPath,
    [fileURLToPath(entry(import.meta.url, "./main")), JSON.stringify(rest)],
    {
      stdio: ["ignore", "ignore", "pipe", "pipe", "ipc"],
      serialization: "advanced",
      env: { PATH: process.env.PATH ?? "", EVENKEEL_TOKEN: TOKEN },
    },
  );
  t.after(() => child.kill("SIGKILL"));
  const chunks: Buffer[] = [];
  const ledger = child.stdio[3] as Readable;
  ledger.on("data", (chunk: Buffer) => chunks.push(chunk));
  const drained = new Promise((resolve) => ledger.once("close", resolve));
  const exited = new Promise<number | string | null>((resolve) => {
    child.once("exit", (code, signal) => void drained.then(() => resolve(signal ?? code)));
  });
  const first = await within(
    new Promise<BackendReady | BackendFailed>((resolve) => child.once("message", resolve as () => void)),
    "the first message",
  );
  const entries = (): [number, number, number][] => {
    const bytes = Buffer.concat(chunks);
    assert.equal(bytes.length % LEDGER_ENTRY_BYTES, 0);
    return Array.from({ length: bytes.length / LEDGER_ENTRY_BYTES }, (_unused, n) => [
      bytes.readUInt8(n * LEDGER_ENTRY_BYTES),
      bytes.readUInt32LE(n * LEDGER_ENTRY_BYTES + 4),
      bytes.readDoubleLE(n * LEDGER_ENTRY_BYTES + 8),
    ]);
  };
  return { child, first, entries, exited };
}

function ready({ first }: Process): BackendReady {
  assert.equal(first.type, "ready", JSON.stringify(first));
  return first as BackendReady;
}

function control(
  port: number,
  path: string,
  body?: unknown,
  token: string | null = TOKEN,
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: token === null ? {} : { [HEADER_TOKEN]: token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

test("a SIGKILL loses no attempt: all that wait are in the ledger, with their instants", async (t) => {
  const backend = await start(t);
  const fromNs = Number(process.hrtime.bigint());
  const { port } = ready(backend);
  for (let k = 0; k < 40; k++) {
    const client = connect(port, "127.0.0.1", () =>
      client.write(request("GET /", [`${HEADER_K}: ${k}`, "x-evenkeel-demand-us: 600000000"])),
    );
    client.on("error", () => undefined);
  }
  await until(() => backend.entries().length === 40, "all attempts");
  backend.child.kill("SIGKILL");
  assert.equal(await within(backend.exited, "the exit"), "SIGKILL");
  const ks = backend.entries().map(([event, k]) => (event === LEDGER.attempt ? k : -1));
  assert.deepEqual(
    ks.sort((a, b) => a - b),
    Array.from({ length: 40 }, (_, k) => k),
  );
  const instants = backend.entries().map(([, , atNs]) => atNs);
  const inOrder = [fromNs, ...instants, Number(process.hrtime.bigint())];
  assert.deepEqual(
    inOrder,
    [...inOrder].sort((a, b) => a - b),
  );
});

test("a SIGKILL under load loses no completion: every answer that a client saw is in the ledger", async (t) => {
  const backend = await start(t, { mode: "gthread", threads: 16 });
  const { port } = ready(backend);
  const seen: number[] = [];
  let next = 0;
  let alive = true;
  const clients = Array.from({ length: 16 }, async () => {
    while (alive) {
      const k = next++;
      const answer = await exchange(
        port,
        request("GET /healthz/", [`${HEADER_K}: ${k}`, "x-evenkeel-demand-us: 0", "Connection: close"]),
      );
      if (answer.body === "ok") seen.push(k);
      else alive = false;
    }
  });
  await until(() => seen.length >= 200, "two hundred answers");
  backend.child.kill("SIGKILL");
  await within(Promise.all(clients), "the clients");
  await within(backend.exited, "the exit");
  const ksOf = (wanted: number) =>
    new Set(
      backend
        .entries()
        .filter(([event]) => event === wanted)
        .map(([, k]) => k),
    );
  const attempted = ksOf(LEDGER.attempt);
  const completed = ksOf(LEDGER.completed);
  assert.deepEqual(
    seen.filter((k) => !completed.has(k)),
    [],
  );
  assert.deepEqual(
    [...completed].filter((k) => !attempted.has(k)),
    [],
  );
});

test("the control port refuses whoever has no token, and a bad body", async (t) => {
  const { controlPort } = ready(await start(t));
  const statusOf = async (...call: Parameters<typeof control>) => (await control(...call)).status;
  for (const token of [null, "", "a secre", "a secret!"]) {
    assert.equal(await statusOf(controlPort, "/stats", undefined, token), 401);
    assert.equal(await statusOf(controlPort, "/reset", { zeroNs: "0", faults: [] }, token), 401);
  }
  assert.equal(await statusOf(controlPort, "/stats"), 200);
  assert.equal(await statusOf(controlPort, "/reset", { zeroNs: "0", faults: [] }), 204);
  assert.equal(await statusOf(controlPort, "/nothing"), 404);
  for (const body of [
    {},
    { zeroNs: 1, faults: [] },
    { zeroNs: "x", faults: [] },
    { zeroNs: "0", faults: [{ type: "slow" }] },
    { zeroNs: "0", faults: [], more: 1 },
    null,
  ]) {
    assert.equal(await statusOf(controlPort, "/reset", body), 400, JSON.stringify(body));
  }
  const other = await control(controlPort, "/reset", {
    zeroNs: "0",
    faults: [{ type: "crash", at: 0, for: 1, backend: 9 }],
  });
  assert.deepEqual(
    [other.status, await other.json()],
    [400, { error: "a fault of backend 9 was sent to backend 3" }],
  );
});

test("the traffic port knows no control, with or without the token", async (t) => {
  const backend = await start(t);
  const { port } = ready(backend);
  for (const path of ["/reset", "/listen", "/stats", "/reset/", "/stats/"]) {
    for (const method of ["GET", "POST"]) {
      const { status } = await exchange(
        port,
        request(`${method} ${path}`, [`${HEADER_TOKEN}: ${TOKEN}`, "Content-Length: 0"]),
      );
      assert.equal(status, 404, `${method} ${path}`);
    }
  }
});

test("a standby takes over the port of a killed backend at the instant it was told, not before", async (t) => {
  const backend = await start(t);
  const { port } = ready(backend);
  const standby = ready(await start(t, { port, listen: false }));
  assert.equal(standby.port, port);
  backend.child.kill("SIGKILL");
  await within(backend.exited, "the exit");
  const atNs = process.hrtime.bigint() + 250_000_000n;
  const listening = control(standby.controlPort, "/listen", { atNs: String(atNs) });
  const refused = await exchange(port, request("GET /healthz/"));
  // A busy machine may get here late; what counts is that nothing answered before the instant.
  if (process.hrtime.bigint() < atNs) assert.equal(refused.ended, "ECONNREFUSED");
  assert.equal((await within(listening, "the answer to /listen")).status, 204);
  assert.ok(process.hrtime.bigint() >= atNs);
  assert.equal((await exchange(port, request("GET /healthz/"))).status, 200);
  assert.equal((await control(standby.controlPort, "/listen", { atNs: "0" })).status, 409);
});

test("a port in use is said in one line, with what to do", async (t) => {
  const holder = createServer();
  t.after(() => holder.close());
  await new Promise<void>((resolve) => holder.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = holder.address() as { port: number };
  const backend = await start(t, { port });
  assert.deepEqual(backend.first, {
    type: "failed",
    message: `backend 3: port ${port} on 127.0.0.1 is in use; stop what listens there or choose another`,
  });
  assert.equal(await within(backend.exited, "the exit"), 1);
});

test("a bad argument is said in one line", async (t) => {
  const backend = await start(t, { workers: 0 });
  assert.equal(backend.first.type, "failed");
  assert.match((backend.first as BackendFailed).message, /^bad backend: workers: .+$/);
  assert.equal(await within(backend.exited, "the exit"), 1);
});

test("a backend ends when its parent is gone", async (t) => {
  const backend = await start(t);
  ready(backend);
  backend.child.disconnect();
  assert.equal(await within(backend.exited, "the exit"), 0);
});

test("SIGTERM answers what is in service and ends", async (t) => {
  const backend = await start(t);
  const { port } = ready(backend);
  const served = exchange(port, request("GET /healthz/", ["x-evenkeel-demand-us: 200000"]));
  await until(() => backend.entries().length === 1, "the attempt");
  backend.child.kill("SIGTERM");
  assert.equal((await served).status, 200);
  assert.equal(await within(backend.exited, "the exit"), 0);
});

test("a stopped process answers nothing, and what it was working on takes longer by the pause", async (t) => {
  const backend = await start(t);
  const { port, controlPort } = ready(backend);
  const zeroNs = process.hrtime.bigint();
  const pause = { type: "pause", at: 400, for: 300, backend: 3 };
  await control(controlPort, "/reset", { zeroNs: String(zeroNs), faults: [pause] });
  const answered = exchange(port, request("GET /healthz/", ["x-evenkeel-demand-us: 500000"]));
  await until(() => backend.entries().length === 1, "the attempt");
  const sinceMs = () => Number(process.hrtime.bigint() - zeroNs) / 1e6;
  const inTime = sinceMs() < 400;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 400 - sinceMs())));
  backend.child.kill("SIGSTOP");
  // The kernel accepts for a process that stands still.
  const meanwhile = exchange(port, request("GET /healthz/"));
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 700 - sinceMs())));
  backend.child.kill("SIGCONT");
  const { service } = timesOf(await answered);
  assert.equal(service, inTime ? 800_000 : service);
  assert.equal((await meanwhile).status, 200);
});
