import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLineReader, parseAttempts } from "./attempts.ts";

test("one attempt began when its request did", () => {
  assert.deepEqual(parseAttempts("1700000000.500 0.120|127.0.0.1:8001|0.118"), [
    { address: "127.0.0.1:8001", atMs: 1_700_000_000_380 },
  ]);
});

test("a second attempt began when the first one ended", () => {
  const attempts = parseAttempts("100.500 0.300|127.0.0.1:8001, 127.0.0.1:8002|0.200, 0.100");
  assert.deepEqual(
    attempts.map(({ address, atMs }) => [address, Math.round(atMs)]),
    [
      ["127.0.0.1:8001", 100_200],
      ["127.0.0.1:8002", 100_400],
    ],
  );
});

test("attempts after an internal redirect count too", () => {
  assert.equal(parseAttempts("1.0 0.1|127.0.0.1:1 : 127.0.0.1:2|0.0 : 0.1").length, 2);
});

for (const line of ["1.0 0.0|-|-", "1.0 0.0|backends|0.000", "", "x y|127.0.0.1:1|0"]) {
  test(`${JSON.stringify(line)} holds no attempt`, () => assert.deepEqual(parseAttempts(line), []));
}

test("lines come out whole wherever the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{0,8}$/)), fc.array(fc.nat(12)), (lines, cuts) => {
      const text = lines.map((line) => `${line}\n`).join("");
      const seen: string[] = [];
      const read = createLineReader((line) => seen.push(line));
      let at = 0;
      for (const cut of cuts) {
        read(text.slice(at, at + cut));
        at += cut;
      }
      read(text.slice(at));
      assert.deepEqual(seen, lines);
    }),
  );
});
