import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attempts } from "./detection.ts";
import { createReturnDetector, type Return } from "./return.ts";

const FAULT = { backend: 2, from: 4_000, until: 20_000, fairShare: 0.25 };

function returned(attempts: readonly Attempts[], change: Partial<typeof FAULT> = {}): Return {
  const detector = createReturnDetector({ ...FAULT, ...change });
  for (const report of attempts) detector.add(report);
  return detector.finish();
}

/** One attempt every 5 ms from 0 to 24 s; `avoids` says when backend 2 is passed over. */
function rounds(avoids: (atMs: number) => boolean): readonly Attempts[] {
  return Array.from({ length: 4_800 }, (_, n) => {
    const atMs = n * 5;
    const backend = (n % 4) + 1;
    return { atMs, backend: backend === 2 && avoids(atMs) ? 3 : backend, count: 1 };
  });
}

describe("the return of a backend", () => {
  it("is the first attempt at it after which it gets its share again", () => {
    assert.deepEqual(returned(rounds((at) => at > 1_000 && at < 11_000)), {
      return: "seen",
      returnedAfterMs: 7_005,
    });
  });

  it("is at once when it was never left alone", () => {
    assert.deepEqual(returned(rounds(() => false)), { return: "seen", returnedAfterMs: 0 });
  });

  it("is not a probe that goes by itself", () => {
    const probe = { atMs: 6_002, backend: 2, count: 1 };
    const attempts = [...rounds((at) => at < 11_000), probe].sort((a, b) => a.atMs - b.atMs);
    assert.equal(returned(attempts).returnedAfterMs, 7_005);
  });

  it("is the last one when it is left alone once more", () => {
    const attempts = rounds((at) => at < 6_000 || (at > 9_000 && at < 15_000));
    assert.equal(returned(attempts).returnedAfterMs, 11_005);
  });

  it("is never when it gets nothing, or less than half of its share, until the window ends", () => {
    assert.deepEqual(returned(rounds(() => true)), { return: "never", returnedAfterMs: null });
    const trickle = rounds((at) => at > 1_000 && at % 100 !== 5);
    assert.deepEqual(returned(trickle), { return: "never", returnedAfterMs: null });
  });

  it("is not told from what comes after its next fault, nor from too few attempts", () => {
    assert.equal(
      returned(
        rounds((at) => at < 11_000),
        { until: 10_000 },
      ).return,
      "never",
    );
    assert.equal(
      returned(
        rounds(() => false),
        { until: 4_050 },
      ).return,
      "too-few-attempts",
    );
    assert.equal(returned([]).return, "too-few-attempts");
  });
});
