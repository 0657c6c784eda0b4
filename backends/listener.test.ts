import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { HEADER_DEMAND_US } from "./protocol.ts";
import { afflict, exchange, request, startBackend, until } from "./testing.ts";

const get = (demandMs: number): string =>
  request("GET /healthz/", [`${HEADER_DEMAND_US}: ${demandMs * 1_000}`]);

/** How a connection to `port` begins within `ms`. */
function knock(port: number, ms: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (how: string): void => {
      socket.destroy();
      resolve(how);
    };
    socket.once("connect", () => end("connected"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? "error"));
    setTimeout(() => end("no answer"), ms);
  });
}

test("a refusing backend serves who is connected, refuses the others, and listens again on its port", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  await afflict(backend, { type: "refuse", at: "1s", for: "1s" });
  const served = exchange(port, get(1_250));
  await until(() => ledger.length === 1, "the attempt");
  let refused = "";
  await until(() => {
    void knock(port, 1_000).then((how) => {
      if (how !== "connected") refused = how;
    });
    return refused !== "";
  }, "a refusal");
  assert.equal(refused, "ECONNREFUSED");
  assert.equal((await served).status, 200);
  let again = 0;
  await until(() => {
    void exchange(port, get(0)).then(({ status }) => {
      again = status;
    });
    return again === 200;
  }, "it to listen again");
});

test("at an unreachable backend a connection is neither made nor refused, and it is reachable afterwards", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  await afflict(backend, { type: "unreachable", at: "1s", for: "2s" });
  const served = exchange(port, get(1_500));
  await until(() => ledger.length === 1, "the attempt");
  let how = "";
  await until(() => {
    void knock(port, 300).then((found) => {
      if (found !== "connected") how = found;
    });
    return how !== "";
  }, "a connection that is not made");
  assert.equal(how, "no answer");
  assert.equal((await served).status, 200, "who was connected is served");
  let again = 0;
  await until(() => {
    void exchange(port, get(0)).then(
      ({ status }) => {
        again = status;
      },
      () => undefined,
    );
    return again === 200;
  }, "it to be reachable again");
});

test("a reset trial listens again, whatever the fault before had taken away", async (t) => {
  for (const type of ["refuse", "unreachable"]) {
    const { backend, port } = await startBackend(t);
    await afflict(backend, { type });
    let how = "";
    await until(() => {
      void knock(port, 100).then((found) => {
        how = found;
      });
      return how !== "" && how !== "connected";
    }, "the fault");
    await afflict(backend);
    assert.equal((await exchange(port, get(0))).status, 200, type);
  }
});

test("a black hole accepts, reads nothing, and cuts at its end; who is in service is answered", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  await afflict(backend, { type: "black-hole", at: "1s", for: "1s" });
  const from = performance.now();
  const served = exchange(port, get(1_300));
  await until(() => ledger.length === 1, "the attempt");
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1_100 - (performance.now() - from))));
  const swallowed = await exchange(port, get(0));
  assert.deepEqual([swallowed.text, swallowed.ended], ["", "ECONNRESET"]);
  assert.ok(performance.now() - from > 1_500);
  assert.equal((await served).status, 200);
  assert.equal(ledger.filter(([event]) => event === "attempt").length, 1, "it was never read");
});

test("a reset on accepting hits every connection before its request is read", async (t) => {
  const { backend, port, ledger } = await startBackend(t);
  await afflict(backend, { type: "reset", stage: "accept" });
  const { text, ended } = await exchange(port, get(0));
  assert.equal(text, "");
  assert.match(ended, /^(ECONNRESET|EPIPE)$/);
  assert.deepEqual(ledger, []);
});
