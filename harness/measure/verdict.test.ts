import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isStrain, judgeTrial, type Verdict, type VerdictInput } from "./verdict.ts";

const GOOD: VerdictInput = {
  counts: {
    scheduled: 2_000,
    sent: 2_000,
    dropped: 0,
    ok: 1_990,
    httpError: 10,
    timeout: 0,
    connectionError: 0,
    aborted: 0,
    inFlightAtEnd: 0,
  },
  countFailures: [],
  deaths: [],
  interrupted: false,
  offeredRate: 200,
  sendRate: 200,
  sendLagP99Ms: 0.4,
  backendLagP99Ms: 0.6,
  meanServiceMs: 20,
  generatorUtilisation: 0.2,
  cpuPressure: 0.05,
  steal: 0,
  little: { sampled: 6.03, fromRows: 6, noise: 0.02 },
};

function judge(change: Partial<VerdictInput>): Verdict {
  return judgeTrial({ ...GOOD, ...change });
}

function expect(change: Partial<VerdictInput>, status: Verdict["status"], reason: RegExp): void {
  const verdict = judge(change);
  assert.equal(verdict.status, status);
  assert.equal(verdict.reasons.length, 1);
  assert.match(verdict.reasons[0] as string, reason);
}

describe("verdict", () => {
  it("is valid when nothing is wrong, however slow or failing the contestant is", () => {
    assert.deepEqual(judge({}), { status: "valid", reasons: [] });
    assert.equal(judge({ counts: { ...GOOD.counts, ok: 0, timeout: 2_000 } }).status, "valid");
    const unknown = {
      sendLagP99Ms: null,
      backendLagP99Ms: null,
      generatorUtilisation: null,
      cpuPressure: null,
      steal: null,
      little: null,
    };
    assert.equal(judge(unknown).status, "valid");
  });

  it("is invalid when counts fail, with too few samples, after an unasked death or an interruption", () => {
    expect(
      { countFailures: ["sent 3, but 2 were accounted for"] },
      "invalid",
      /do not add up: sent 3, but 2/,
    );
    const few = { ...GOOD.counts, scheduled: 99, sent: 99 };
    expect({ counts: few }, "invalid", /too few samples: 99 requests in the window, at least 100/);
    expect({ deaths: ["nginx ended unasked with SIGSEGV"] }, "invalid", /^nginx ended unasked with SIGSEGV$/);
    expect({ interrupted: true }, "invalid", /interrupted/);
  });

  it("is invalid when the load is above what the generator can send, and says so", () => {
    const counts = { ...GOOD.counts, sent: 1_979, dropped: 21 };
    expect(
      { counts, sendRate: 197.9 },
      "invalid",
      /above what the generator can send here: 1979 of 2000 requests .* 198 of 200 per second/,
    );
    assert.equal(judge({ counts: { ...GOOD.counts, sent: 1_980, dropped: 20 } }).status, "valid");
  });

  it("is suspect when the generator, the backends or the machine were strained", () => {
    expect({ sendLagP99Ms: 1.01 }, "suspect", /send lag p99 1\.01 ms, limit 1\.00 ms/);
    expect({ backendLagP99Ms: 1.5 }, "suspect", /backends answered late: lag p99 1\.50 ms, limit 1\.00 ms/);
    expect(
      { generatorUtilisation: 0.81 },
      "suspect",
      /generator was busy: 81\.0 % of the window, limit 80\.0 %/,
    );
    expect({ cpuPressure: 0.5 }, "suspect", /short of CPU: 50\.0 % of the window under pressure/);
    expect({ steal: 0.06 }, "suspect", /lost CPU to others: 6\.0 % of CPU time stolen/);
  });

  it("allows lag of 5 % of the mean service time where that is more than 1 ms", () => {
    assert.equal(judge({ meanServiceMs: 100, sendLagP99Ms: 4.9, backendLagP99Ms: 4.9 }).status, "valid");
    expect({ meanServiceMs: 100, sendLagP99Ms: 5.1 }, "suspect", /limit 5\.00 ms/);
  });

  it("is suspect when Little's law is off by more than 1 % and more than the noise of sampling", () => {
    expect(
      { little: { sampled: 6.07, fromRows: 6, noise: 0.02 } },
      "suspect",
      /6\.070 requests in flight as sampled, 6\.000 by the rows/,
    );
    assert.equal(judge({ little: { sampled: 6.07, fromRows: 6, noise: 0.08 } }).status, "valid");
  });

  it("lists what makes it invalid before what makes it suspect", () => {
    const { status, reasons } = judge({ deaths: ["haproxy ended unasked with code 1"], steal: 0.5 });
    assert.equal(status, "invalid");
    assert.equal(reasons.length, 2);
    assert.match(reasons[0] as string, /haproxy/);
  });

  it("tells what strained the instrument from what is wrong with the trial", () => {
    const strained: readonly Partial<VerdictInput>[] = [
      { sendLagP99Ms: 5 },
      { backendLagP99Ms: 5 },
      { generatorUtilisation: 0.9 },
      { cpuPressure: 0.5 },
      { steal: 0.2 },
      { counts: { ...GOOD.counts, sent: 1_900, dropped: 100 } },
    ];
    for (const change of strained) assert.deepEqual(judge(change).reasons.map(isStrain), [true]);
    const wrong: readonly Partial<VerdictInput>[] = [
      { deaths: ["nginx ended unasked with SIGSEGV"] },
      { countFailures: ["sent 3, but 2 were accounted for"] },
      { little: { sampled: 7, fromRows: 6, noise: 0.02 } },
      { interrupted: true },
    ];
    for (const change of wrong) assert.deepEqual(judge(change).reasons.map(isStrain), [false]);
  });
});
