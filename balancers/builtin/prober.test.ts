import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { PROBE_PATH } from "../../backends/protocol.ts";
import type { ProbeAnswer } from "../algorithm.ts";
import { algorithm } from "../algorithms/prequal.ts";
import { createProber } from "./prober.ts";
import { deadPort, exchange, HOST, httpBackend, proxyTo, until } from "./testkit.ts";

const GET = "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";

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

test("a backend that is silent is asked once until it answers", async (t) => {
  let asked = 0;
  let answer = (): void => undefined;
  const silent = await httpBackend(t, (_request, reply) => {
    asked += 1;
    answer = () => reply.end('{"inFlight":1,"latencyMs":2}');
  });
  const probe = createProber([{ id: 1, host: HOST, port: silent.port, weight: 1 }]);
  const answers: ProbeAnswer[] = [];
  for (let k = 0; k < 50; k++) probe(0, 0, (said) => answers.push(said));
  await until(() => asked > 0, "the first probe");
  answer();
  await until(() => answers.length === 1, "its answer");
  assert.equal(asked, 1);
  await until(() => {
    probe(0, 0, () => undefined);
    return asked > 1;
  }, "it to be asked again");
  answer();
});

test("the proxy asks three backends with each request for prequal, and none for another algorithm", async (t) => {
  let probes = 0;
  const backends = await Promise.all(
    [1, 2, 3, 4].map(() =>
      httpBackend(t, (request, reply) => {
        if (request.url === PROBE_PATH) probes += 1;
        reply.end(request.url === PROBE_PATH ? '{"inFlight":0,"latencyMs":1}' : "page");
      }),
    ),
  );
  const plain = await proxyTo(t, backends);
  await exchange(plain.port, GET);
  assert.equal(probes, 0);
  const asking = await proxyTo(t, backends, undefined, {
    algorithm: algorithm.create({ rng: createRng(1), size: 4 }),
  });
  assert.match(await exchange(asking.port, GET), /^HTTP\/1\.1 200 /);
  await until(() => probes === 3, "three probes");
});

test("an answer is read to 1,024 bytes and no further", async (t) => {
  const said = '{"inFlight":3,"latencyMs":21.5}';
  const pages = [said.padEnd(1_024), said.padEnd(1_025)];
  const backends = await Promise.all(
    pages.map((page) => httpBackend(t, (_request, reply) => reply.end(page))),
  );
  // Neither ends its answer: the one that says too much is given up while the other still has its time.
  const ended: string[] = [];
  const never = (name: string, words: string) =>
    httpBackend(t, (request, reply) => {
      request.socket.on("close", () => ended.push(name));
      reply.write(words);
    });
  const [brief, long] = [await never("brief", " "), await never("long", " ".repeat(2_000))];
  const ports = [...backends, brief, long].map(({ port }) => port);
  const answers: number[] = [];
  const probe = createProber(ports.map((port, at) => ({ id: at + 1, host: HOST, port, weight: 1 })));
  for (const backend of [2, 3, 1, 0]) probe(backend, 0, () => answers.push(backend));
  await until(() => answers.includes(0) && ended.length > 0, "the short answer, and the end of the long one");
  assert.deepEqual(ended, ["long"]);
  assert.deepEqual(answers, [0]);
});

test("a probe that nobody answers is given up, and the backend asked again", async (t) => {
  let asked = 0;
  const silent = await httpBackend(t, () => {
    asked += 1;
  });
  const probe = createProber([{ id: 1, host: HOST, port: silent.port, weight: 1 }]);
  await until(() => {
    probe(0, 0, () => assert.fail("nobody answered"));
    return asked === 2;
  }, "it to be asked again");
});
