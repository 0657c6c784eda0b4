import assert from "node:assert/strict";
import { test } from "node:test";
import { createAgenda, nowMs } from "./agenda.ts";
import { within } from "./testing.ts";

test("callbacks run in order of their instants, never before them, however they were added", async (t) => {
  const agenda = createAgenda();
  t.after(() => agenda.close());
  const startMs = nowMs();
  const ran: number[] = [];
  const offsets = Array.from({ length: 200 }, (_, n) => (n * 73) % 101);
  await within(
    new Promise<void>((resolve) => {
      for (const offset of offsets) {
        agenda.add(startMs + offset, () => {
          assert.ok(nowMs() >= startMs + offset);
          ran.push(offset);
          if (ran.length === offsets.length) resolve();
        });
      }
    }),
    "all callbacks",
  );
  assert.deepEqual(
    ran,
    [...offsets].sort((a, b) => a - b),
  );
});

test("an instant before the next one planned is not late because of it", async (t) => {
  const agenda = createAgenda();
  t.after(() => agenda.close());
  const ran: string[] = [];
  agenda.add(nowMs() + 60_000, () => ran.push("far"));
  await within(
    new Promise<void>((resolve) =>
      agenda.add(nowMs() + 5, () => {
        agenda.add(nowMs() + 5, resolve);
      }),
    ),
    "the near ones",
  );
  assert.deepEqual(ran, []);
});

test("what is due runs at once for a caller that has the loop, in the order of adding within an instant", (t) => {
  const agenda = createAgenda();
  t.after(() => agenda.close());
  const ran: number[] = [];
  const atMs = nowMs() - 1;
  for (const n of [1, 2, 3, 4, 5]) agenda.add(atMs, () => void ran.push(n));
  agenda.runDue();
  assert.deepEqual(ran, [1, 2, 3, 4, 5]);
});
