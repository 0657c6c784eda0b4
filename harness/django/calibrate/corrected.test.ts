import assert from "node:assert/strict";
import { test } from "node:test";
import { correct, type Observed } from "./corrected.ts";
import type { DiaryEntry } from "./diary.ts";

const CPU_MS = 4;
const HOP_MS = 0.5;

/** Requests every 5 ms at one worker, each with the CPU time and the delay that it meets. */
function played(meets: (k: number) => { readonly cpuMs: number; readonly delayMs: number }): {
  readonly observed: readonly Observed[];
  readonly diary: readonly DiaryEntry[];
} {
  const observed: Observed[] = [];
  const diary: DiaryEntry[] = [];
  let freeAt = 0;
  for (let k = 0; k < 200; k++) {
    const dueMs = 5 * k;
    const entry = { k, ioMs: 0, ...meets(k) };
    freeAt = Math.max(dueMs, freeAt) + entry.cpuMs + entry.delayMs;
    observed.push({ k, dueMs, sentMs: dueMs, endedMs: freeAt + HOP_MS });
    diary.push(entry);
  }
  return { observed, diary };
}

const near = (values: readonly number[], expected: number): boolean =>
  values.every((value) => Math.abs(value - expected) < 1e-9);

test("a machine that did nothing takes nothing off", () => {
  const { observed, diary } = played(() => ({ cpuMs: CPU_MS, delayMs: 0 }));
  const { latencyMs, takenMs, hopMs, idleSpeed } = correct(observed, diary, CPU_MS);
  assert.ok(near(latencyMs, CPU_MS + HOP_MS));
  assert.ok(near([takenMs, hopMs - HOP_MS, idleSpeed - 1], 0));
});

test("waiting for a core is taken off, and so is the queue that it made", () => {
  const { observed, diary } = played((k) => ({ cpuMs: CPU_MS, delayMs: k === 50 ? 40 : 0 }));
  assert.ok(Math.max(...observed.map(({ dueMs, endedMs }) => endedMs - dueMs)) > 40);
  assert.ok(near(correct(observed, diary, CPU_MS).latencyMs, CPU_MS + HOP_MS));
});

test("a machine that stood still is taken off although it counts as CPU time", () => {
  const { observed, diary } = played((k) => ({ cpuMs: k === 50 ? 170 : CPU_MS, delayMs: 0 }));
  assert.ok(near(correct(observed, diary, CPU_MS).latencyMs, CPU_MS + HOP_MS));
});

test("another speed than that of the profile is taken off and said", () => {
  const { observed, diary } = played(() => ({ cpuMs: 1.2 * CPU_MS, delayMs: 0 }));
  const { latencyMs, idleSpeed } = correct(observed, diary, CPU_MS);
  assert.ok(near(latencyMs, CPU_MS + HOP_MS));
  assert.ok(Math.abs(idleSpeed - 1.2) < 1e-9);
});

test("a queue that the traffic itself made stays", () => {
  const burst = Array.from({ length: 10 }, (_, k): Observed => {
    return { k, dueMs: 0, sentMs: 0, endedMs: CPU_MS * (k + 1) + HOP_MS };
  });
  const diary = burst.map(({ k }): DiaryEntry => ({ k, cpuMs: CPU_MS, ioMs: 0, delayMs: 0 }));
  assert.deepEqual(
    correct(burst, diary, CPU_MS).latencyMs,
    burst.map(({ endedMs }) => endedMs),
  );
});

test("what neither queue nor work explains stays in, too", () => {
  const { observed, diary } = played(() => ({ cpuMs: CPU_MS, delayMs: 0 }));
  const late = observed.map((each) => (each.k === 7 ? { ...each, endedMs: each.endedMs + 30 } : each));
  const { latencyMs } = correct(late, diary, CPU_MS);
  assert.ok(Math.abs((latencyMs[7] as number) - (CPU_MS + HOP_MS + 30)) < 1e-9);
});
