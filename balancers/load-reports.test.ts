import assert from "node:assert/strict";
import { test } from "node:test";
import type { Algorithm, RequestView } from "./algorithm.ts";
import { createLoadReports } from "./load-reports.ts";

const REQUEST: RequestView = { clientAddress: "127.1.1.1", path: "/", header: () => undefined };
const pool = { eligible: [0, 1], weight: Float64Array.of(1, 1), inflight: Int32Array.of(9, 9) };

/** Notes what it is told and what it sees. */
function noting(): { readonly algorithm: Algorithm; readonly notes: string[] } {
  const notes: string[] = [];
  const algorithm: Algorithm = {
    pick(_request, { inflight }) {
      notes.push(`sees ${[...inflight].join(",")}`);
      return 0;
    },
    started: (backend, now) => notes.push(`${backend} started, heard at ${now}`),
    finished: ({ backend }, now) => notes.push(`${backend} finished, heard at ${now}`),
  };
  return { algorithm, notes };
}

test("what starts and ends between two reports is heard with the next one, in its order, by every balancer", () => {
  const reports = createLoadReports(100, 2);
  const [one, two] = [noting(), noting()];
  const [first, second] = [reports.attach(one.algorithm), reports.attach(two.algorithm)];
  first.pick(REQUEST, pool, 10);
  first.started?.(0, 10);
  second.started?.(1, 20);
  first.finished?.({ backend: 0, latencyMs: 40, ok: true }, 50);
  second.started?.(1, 60);
  first.pick(REQUEST, pool, 99);
  second.pick(REQUEST, pool, 130);
  assert.deepEqual(one.notes, [
    "sees 0,0",
    "sees 0,0",
    "0 started, heard at 130",
    "1 started, heard at 130",
    "0 finished, heard at 130",
    "1 started, heard at 130",
  ]);
  assert.deepEqual(two.notes, [...one.notes.slice(2), "sees 0,2"]);
});

test("a backend that joins or leaves is known at once", () => {
  const heard: string[] = [];
  const { algorithm } = noting();
  const late = createLoadReports(100, 2).attach({
    ...algorithm,
    joined: (backend, now) => heard.push(`${backend} joined at ${now}`),
    left: (backend, now) => heard.push(`${backend} left at ${now}`),
  });
  late.joined?.(1, 5);
  late.left?.(1, 7);
  assert.deepEqual(heard, ["1 joined at 5", "1 left at 7"]);
});
