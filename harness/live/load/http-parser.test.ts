import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { UNKNOWN_U32 } from "../../rows.ts";
import {
  COMPLETE,
  createResponseParser,
  expectResponse,
  feed,
  finish,
  MALFORMED,
  MORE,
  type Verdict,
} from "./http-parser.ts";

interface Result {
  readonly verdict: Verdict;
  readonly status: number;
  readonly keepAlive: boolean;
  readonly backend: number;
  readonly times: readonly number[];
  /** Bytes of the stream up to the end of the response. */
  readonly length: number;
}

/** Feeds `text` cut at `cuts`, then closes when `close` is set; stops at the first verdict, as a connection does. */
function parse(
  text: string,
  options: { head?: boolean; close?: boolean; cuts?: readonly number[] } = {},
): Result {
  const bytes = Buffer.from(text, "latin1");
  const parser = createResponseParser();
  expectResponse(parser, options.head ?? false);
  const edges = [...new Set([0, ...(options.cuts ?? []), bytes.length])].sort((a, b) => a - b);
  let verdict: Verdict = MORE;
  let length = 0;
  for (let i = 1; i < edges.length && verdict === MORE; i++) {
    // A buffer of its own each time: nothing may point into an earlier one.
    const chunk = Buffer.from(bytes.subarray(edges[i - 1], edges[i]));
    verdict = feed(parser, chunk, 0, chunk.length);
    length += parser.consumed;
    chunk.fill(0x58);
  }
  if (verdict === MORE && options.close === true) verdict = finish(parser);
  const { status, keepAlive, backend, queueUs, serviceUs, lagUs } = parser;
  return { verdict, status, keepAlive, backend, times: [queueUs, serviceUs, lagUs], length };
}

const HEAD = "HTTP/1.1 200 OK\r\n";

test("a length, chunks or the end of the connection end a body", () => {
  for (const text of [
    `${HEAD}Content-Length: 5\r\n\r\nhello`,
    `${HEAD}Content-Length: 0\r\n\r\n`,
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n`,
    `${HEAD}transfer-encoding: gzip, Chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
    "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n",
  ]) {
    const result = parse(text);
    assert.deepEqual([result.verdict, result.length, result.keepAlive], [COMPLETE, text.length, true], text);
  }
  const toClose = `${HEAD}\r\nuntil the end`;
  assert.equal(parse(toClose).verdict, MORE);
  assert.deepEqual(
    [parse(toClose, { close: true }).verdict, parse(toClose, { close: true }).keepAlive],
    [COMPLETE, false],
  );
});

test("a response to HEAD has no body, and informational responses are passed over", () => {
  assert.equal(parse(`${HEAD}Content-Length: 500\r\n\r\n`, { head: true }).verdict, COMPLETE);
  const early = `HTTP/1.1 103 Early Hints\r\nX-Evenkeel-Backend: 9\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno`;
  const result = parse(early);
  assert.deepEqual([result.verdict, result.status, result.backend], [COMPLETE, 404, 0]);
});

test("the connection may be kept as RFC 9112 9.3 says", () => {
  const kept = (start: string, header: string) =>
    parse(`${start}\r\n${header}Content-Length: 0\r\n\r\n`).keepAlive;
  assert.equal(kept("HTTP/1.1 200 OK", ""), true);
  assert.equal(kept("HTTP/1.1 200 OK", "Connection: Upgrade, Close\r\n"), false);
  assert.equal(kept("HTTP/1.0 200 OK", ""), false);
  assert.equal(kept("HTTP/1.0 200 OK", "connection: keep-alive\r\n"), true);
});

test("backend and times are read, and what is no number stays unknown", () => {
  const of = (headers: string) => parse(`${HEAD}${headers}Content-Length: 0\r\n\r\n`);
  const full = of("X-Evenkeel-Backend: 12\r\nX-Evenkeel-Times: queue=153;service=20133;lag=80\r\n");
  assert.deepEqual([full.backend, ...full.times], [12, 153, 20_133, 80]);
  const odd = of(
    "X-Evenkeel-Backend: 300\r\nX-Evenkeel-Times: queue=-1;service=99999999999;other=5;lag=7\r\n",
  );
  assert.deepEqual([odd.backend, ...odd.times], [0, UNKNOWN_U32, UNKNOWN_U32, 7]);
});

test("what is no HTTP response is malformed, and so is one cut by the end of the connection", () => {
  for (const text of [
    "HTTP/2 200 OK\r\n",
    "HTTP/1.1 2x0 OK\r\n",
    "HTTP/1.1 2000 OK\r\n",
    "SSH-2.0-OpenSSH_9.2 is here\r\n",
    "\r\n",
    `${HEAD}no colon\r\n`,
    `${HEAD}: no name\r\n`,
    `${HEAD}Content-Length : 5\r\n`,
    `${HEAD}A: b\r\n folded: c\r\n`,
    `${HEAD}Content-Length: -5\r\n`,
    `${HEAD}Content-Length: 5, 5\r\n`,
    `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n`,
    `${HEAD}Content-Length: 99999999999999999999\r\n`,
    `${HEAD}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n`,
    `${HEAD}Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n`,
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    `${HEAD}X: ${"y".repeat(70_000)}`,
  ])
    assert.equal(parse(text).verdict, MALFORMED, JSON.stringify(text.slice(0, 60)));
  for (const text of [
    "HTTP/1.1 20",
    `${HEAD}Content-Le`,
    `${HEAD}Content-Length: 5\r\n\r\nhell`,
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
  ])
    assert.equal(parse(text, { close: true }).verdict, MALFORMED, JSON.stringify(text));
});

const line = fc.stringMatching(/^[ -~]{0,30}$/);
const header = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("Connection", "X-Other", "x-evenkeel-BACKEND", "X-Evenkeel-Times", "Content-Length"),
      line,
    )
    .map(([n, v]) => `${n}: ${v}`),
  fc.nat(20).map((n) => `Content-Length: ${n}`),
  fc.constantFrom(
    "Transfer-Encoding: chunked",
    "X-Evenkeel-Times: queue=1;service=22;lag=333",
    "X-Evenkeel-Backend: 4",
  ),
  line,
);
const body = fc.oneof(
  fc.stringMatching(/^[ -~]{0,40}$/),
  fc
    .array(fc.stringMatching(/^[a-z]{1,20}$/), { maxLength: 4 })
    .map((chunks) => [...chunks.map((c) => `${c.length.toString(16)}\r\n${c}\r\n`), "0\r\n\r\n"].join("")),
);
const stream = fc
  .tuple(
    fc.constantFrom(
      "HTTP/1.1 200 OK",
      "HTTP/1.0 200 OK",
      "HTTP/1.1 503",
      "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK",
      "nonsense",
    ),
    fc.array(header, { maxLength: 4 }),
    body,
    fc.constantFrom("\r\n", "\n"),
  )
  .map(
    ([start, headers, content, end]) => `${[start, ...headers].map((l) => l + end).join("")}${end}${content}`,
  );

test("any split of any stream, good or bad, gives the same result", () => {
  fc.assert(
    fc.property(
      stream,
      fc.boolean(),
      fc.boolean(),
      fc.infiniteStream(fc.nat(200)),
      (text, head, close, places) => {
        const whole = parse(text, { head, close });
        const cuts = [...places.take(8)].map((place) => place % (text.length + 1));
        assert.deepEqual(parse(text, { head, close, cuts }), whole);
        assert.deepEqual(
          parse(text, { head, close, cuts: Array.from({ length: text.length }, (_, i) => i) }),
          whole,
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

test("arbitrary bytes never throw and never hang", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, prefixed) => {
      parse((prefixed ? HEAD : "") + Buffer.from(bytes).toString("latin1"), { close: true });
    }),
    { numRuns: 1_000 },
  );
});
