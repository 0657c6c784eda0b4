import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Attempts, createDetector, type Detection } from "./detection.ts";

const FAULT = { backend: 2, at: 1_000, for: 3_000, fairShare: 0.25, resolutionMs: 0, calmUntil: 1_000 };

function detect(attempts: readonly Attempts[], change: Partial<typeof FAULT> = {}): Detection {
  const detector = createDetector({ ...FAULT, ...change });
  for (const report of attempts) detector.add(report);
  return detector.finish();
}

/** One attempt every 5 ms from 0 to 6 s; `avoids` says when backend 2 is passed over. */
function rounds(avoids: (atMs: number) => boolean): readonly Attempts[] {
  return Array.from({ length: 1_200 }, (_, n) => {
    const atMs = n * 5;
    const backend = (n % 4) + 1;
    return { atMs, backend: backend === 2 && avoids(atMs) ? 3 : backend, count: 1 };
  });
}

describe("detection", () => {
  it("is the last attempt before the backend is passed over", () => {
    const { detectedAfterMs, misdirectedShare } = detect(rounds((at) => at > 1_300));
    assert.equal(detectedAfterMs, 285, "the last attempt there was at 1,285 ms");
    assert.equal(misdirectedShare, 15 / 600);
  });

  it("is at once when the backend gets nothing at all", () => {
    const { detectedAfterMs, misdirectedShare } = detect(rounds((at) => at >= 1_000));
    assert.deepEqual([detectedAfterMs, misdirectedShare], [0, 0]);
  });

  it("does not let the quiet after a burst dilute the burst", () => {
    const burst = Array.from({ length: 10 }, (_, n) => ({ atMs: 1_050 + n, backend: 2, count: 1 }));
    const attempts = [...rounds((at) => at >= 1_000), ...burst].sort((a, b) => a.atMs - b.atMs);
    assert.equal(detect(attempts).detectedAfterMs, 59);
  });

  it("allows a probe now and then, but not a tenth of the fair share", () => {
    const probe = { atMs: 2_500, backend: 2, count: 1 };
    const attempts = [...rounds((at) => at > 1_300), probe].sort((a, b) => a.atMs - b.atMs);
    assert.equal(detect(attempts).detectedAfterMs, 285);
    const trickle = rounds((at) => at > 1_300 && at % 200 !== 105);
    assert.equal(detect(trickle).detectedAfterMs, null, "one in ten of its own");
  });

  it("is never when the balancer does not stop, and the share says so", () => {
    const { detection, detectedAfterMs, misdirectedShare } = detect(rounds(() => false));
    assert.equal(detection, "never");
    assert.equal(detectedAfterMs, null);
    assert.equal(misdirectedShare, 0.25);
  });

  it("counts what is sent there although the balancer knows better", () => {
    const probes = [2_000, 2_500].map((atMs) => ({ atMs, backend: 2, count: 1 }));
    const attempts = [...rounds((at) => at > 1_300), ...probes].sort((a, b) => a.atMs - b.atMs);
    const { detectedAfterMs, sentWhileKnownBad } = detect(attempts);
    assert.deepEqual([detectedAfterMs, sentWhileKnownBad], [285, 2]);
    assert.equal(detect(rounds(() => false)).sentWhileKnownBad, null, "it never knew");
  });

  it("is not said of a backend that nobody sent to before, but of one that an earlier fault had driven away", () => {
    const idle = rounds(() => true);
    assert.equal(detect(idle).detection, "not-in-use");
    // Passed over from 500 ms on, where its first fault began.
    const again = detect(
      rounds((at) => at > 500),
      { calmUntil: 500 },
    );
    assert.deepEqual([again.detection, again.detectedAfterMs], ["seen", 0]);
  });

  it("is null when the balancer comes back before the fault is over, and late when it leaves again", () => {
    assert.equal(detect(rounds((at) => at > 1_300 && at < 3_500)).detectedAfterMs, null);
    const twice = rounds((at) => (at > 1_300 && at < 2_000) || at > 2_500);
    assert.equal(detect(twice).detectedAfterMs, 1_485);
  });

  it("forgives what comes after the fault is over", () => {
    assert.equal(detect(rounds((at) => at > 1_300 && at < 4_000)).detectedAfterMs, 285);
  });

  it("is not known when nothing is attempted while the fault lasts", () => {
    const before = rounds(() => false).filter(({ atMs }) => atMs < 1_000);
    assert.deepEqual(detect(before), {
      detection: "too-few-attempts",
      detectedAfterMs: null,
      misdirectedShare: null,
      sentWhileKnownBad: null,
    });
  });

  it("needs more than a lucky gap: five attempts that the backend would fairly have got", () => {
    const few = (count: number): readonly Attempts[] =>
      Array.from({ length: count }, (_, n) => ({ atMs: 1_100 + n, backend: 1, count: 1 }));
    assert.deepEqual(
      [detect(few(19)).detection, detect(few(19)).detectedAfterMs],
      ["too-few-attempts", null],
    );
    assert.deepEqual([detect(few(20)).detection, detect(few(20)).detectedAfterMs], ["seen", 0]);
  });

  it("reads slow polls as well: counts of all backends every 50 ms", () => {
    const polls: Attempts[] = [];
    for (let at = 0; at <= 6_000; at += 50) {
      // A poll speaks of the faulty backend first and takes some tenths of a millisecond over it.
      for (const backend of [2, 1, 3, 4])
        polls.push({ atMs: at + backend / 10, backend, count: backend === 2 && at > 1_400 ? 0 : 5 });
    }
    const { detectedAfterMs, misdirectedShare } = detect(polls, { resolutionMs: 50 });
    assert.equal(Math.round((detectedAfterMs ?? 0) * 10), 4_002);
    // 9 polls (1,000 to 1,400 ms) of 60 in the fault's time.
    assert.equal(misdirectedShare, 45 / (60 * 15 + 45));
  });

  it("takes the weight of the backend into account", () => {
    const heavy = rounds((at) => at > 1_300 && at % 40 !== 5);
    assert.equal(detect(heavy, { fairShare: 0.25 }).detectedAfterMs, null);
    assert.equal(detect(heavy, { fairShare: 1 }).detectedAfterMs === null, false);
  });
});
