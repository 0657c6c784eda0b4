import assert from "node:assert/strict";
import { test } from "node:test";
import { PROBE_PATH } from "../../backends/protocol.ts";
import type { ProbeAnswer } from "../algorithm.ts";
import { createProber } from "./prober.ts";
import { deadPort, HOST, httpBackend, until } from "./testkit.ts";

test("what a backend says of itself arrives; what is no answer, or comes from nobody, does not", async (t) => {
  const asked: (string | undefined)[] = [];
  const pages = [
    '{"inFlight":3,"latencyMs":21.5}',
    "<html>",
    '{"inFlight":-1,"latencyMs":1}',
    '{"inFlight":1}',
  ];
  const backends = await Promise.all(
    pages.map((page) =>
      httpBackend(t, (request, reply) => {
        asked.push(request.url);
        reply.end(page);
      }),
    ),
  );
  const ports = [...backends.map(({ port }) => port), await deadPort(t)];
  const answers = new Map<number, ProbeAnswer>();
  const probe = createProber(ports.map((port, at) => ({ id: at + 1, host: HOST, port, weight: 1 })));
  for (const backend of ports.keys())
    if (backend > 0) probe(backend, 0, (answer) => answers.set(backend, answer));
  await until(() => asked.length === 3, "the others to be asked");
  probe(0, 0, (answer) => answers.set(0, answer));
  await until(() => answers.has(0), "the answer");
  assert.deepEqual([...answers], [[0, { inFlight: 3, latencyMs: 21.5 }]]);
  assert.deepEqual(new Set(asked), new Set([PROBE_PATH]));
});
