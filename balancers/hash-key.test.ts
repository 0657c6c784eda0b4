import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import type { RequestView } from "./algorithm.ts";
import { algorithms } from "./algorithms/registry.ts";
import { HASH_KEY, readKey } from "./hash-key.ts";

const view = (
  address: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): RequestView => ({
  clientAddress: address,
  path,
  header: (name) => headers[name],
});
const KEYED = ["hash-modulo", "consistent-hash", "bounded-load-hash", "maglev", "rendezvous"];
const SIZE = 8;
const pool = {
  eligible: Array.from({ length: SIZE }, (_, backend) => backend),
  weight: new Float64Array(SIZE).fill(1),
  inflight: new Int32Array(SIZE),
};

test("a key is read where it is said to be, and a request without it has none", () => {
  const request = view("127.1.1.1", "/a?b=1", { "x-user": "ann", cookie: "a=1; session=s1" });
  const keys = ["client-address", "path", "header:X-User", "cookie:session", "header:x-none", "cookie:none"];
  assert.deepEqual(
    keys.map((key) => readKey(key)(request)),
    ["127.1.1.1", "/a?b=1", "ann", "s1", null, null],
  );
  for (const wrong of ["", "header:", "header", "cookie:a-b", "path:x", "header:x y"])
    assert.doesNotMatch(wrong, HASH_KEY);
});

for (const name of KEYED) {
  const definition = algorithms.find((each) => each.name === name)!;
  const fresh = (hashKey: string) => {
    const algorithm = definition.create({ rng: createRng(1), size: SIZE, hashKey });
    for (const backend of pool.eligible) algorithm.joined?.(backend, 0);
    return (request: RequestView) => algorithm.pick(request, pool, 0);
  };

  test(`${name} goes by the key that it is given, and by nothing else`, () => {
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const requests: Readonly<Record<string, (key: number, other: number) => RequestView>> = {
      "client-address": (key, other) => view(`127.1.${key}.1`, `/${other}`, { "x-user": `${other}` }),
      path: (key, other) => view(`127.1.${other}.1`, `/${key}`, { "x-user": `${other}` }),
      "header:x-user": (key, other) => view(`127.1.${other}.1`, `/${other}`, { "x-user": `${key}` }),
      "cookie:id": (key, other) => view(`127.1.${other}.1`, `/${other}`, { cookie: `id=${key}; x=${other}` }),
    };
    for (const [hashKey, requestOf] of Object.entries(requests)) {
      const pick = fresh(hashKey);
      assert.equal(new Set(numbers.map((other) => pick(requestOf(3, other)))).size, 1, hashKey);
      assert.equal(new Set(numbers.map((key) => pick(requestOf(key, 3)))).size, SIZE, hashKey);
    }
  });

  test(`${name} gives requests without the key to all backends in turn`, () => {
    const pick = fresh("header:x-user");
    const picks = pool.eligible.map(() => pick(view("127.1.1.1", "/")));
    assert.deepEqual(picks, pool.eligible);
  });
}
