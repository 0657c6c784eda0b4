import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { LEDGER, LEDGER_ENTRY_BYTES } from "../../backends/protocol.ts";
import { trialSchema } from "../../reports/record.ts";
import { ROW_BYTES, type Row } from "../rows.ts";
import { assembleTrial, type TrialInputs } from "./assemble.ts";
import { watchAttempts } from "./attempt-watch.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { withRegret } from "./regret.ts";
import { row, rowsFile, singleQueue, writeRowsFile } from "./test-rows.ts";

const DURATION_MS = 20_000;

function ledgerOf(rows: readonly Row[], id: number): Ledger {
  const ledger = createLedger();
  for (const { k, backend } of rows) {
    if (backend !== id) continue;
    for (const event of [LEDGER.attempt, LEDGER.completed]) {
      const entry = Buffer.alloc(LEDGER_ENTRY_BYTES);
      entry.writeUInt8(event, 0);
      entry.writeUInt32LE(k, 4);
      ledger.add(entry);
    }
  }
  return ledger;
}

/** Two M/M/1 backends side by side. */
function traffic(): readonly Row[] {
  return [1, 2]
    .flatMap((backend) => {
      const rng = createRng(backend);
      const options = {
        load: 0.5,
        meanServiceUs: 10_000,
        durationUs: DURATION_MS * 1_000,
        warmupUs: 1_000_000,
      };
      return singleQueue(() => rng.next(), options).map((each) => ({ ...each, backend }));
    })
    .sort((a, b) => a.endedUs - b.endedUs)
    .map((each, k) => ({ ...each, k }));
}

describe("assembling a trial", () => {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-assemble-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "rows");

  function inputs(rows: readonly Row[], change: Partial<TrialInputs> = {}): TrialInputs {
    const inFlightUs = rows.reduce(
      (sum, { endedUs, sentUs }) => sum + (Number.isNaN(sentUs) ? 0 : endedUs - sentUs),
      0,
    );
    return {
      requests: ["home"],
      mix: null,
      identity: {
        id: "steady/nginx/random/1",
        scenario: "steady",
        engine: "live",
        runtime: "process",
        balancer: "nginx",
        algorithm: "random",
        control: false,
        note: null,
        repeat: 1,
        seed: 42,
        startedAt: "2026-01-01T00:00:00.000Z",
        warmupMs: 1_000,
        configs: ["configs/nginx.conf"],
        command: "evenkeel run steady.yaml",
        rows: "rows/1.bin",
      },
      durationMs: DURATION_MS,
      timeoutMs: 5_000,
      membership: [],
      objective: { availability: 0.999, latencyMs: 100 },
      keyOf: null,
      twinRows: null,
      steady: true,
      interrupted: false,
      load: {
        scheduled: rows.length,
        dropped: 0,
        inFlightAtEnd: 0,
        utilisation: 0.1,
        meanInFlight: inFlightUs / 1_000 / DURATION_MS,
        connectionsOpened: 3,
        retries: 0,
        distinctClients: true,
      },
      rowsFile: path,
      backends: [1, 2].map((id) => ({ id, slots: 1, ledger: ledgerOf(rows, id) })),
      faults: [],
      attempts: null,
      plannedUnstable: false,
      balancer: { cpuNs: 1e9, overMs: DURATION_MS, rssBytes: 5e6 },
      machine: { pressure: 0.01, steal: 0 },
      deaths: [],
      ...change,
    };
  }

  it("gives a valid record that the schema accepts and that agrees with theory", async () => {
    const rows = traffic();
    writeRowsFile(path, rows);
    const trial = await assembleTrial(inputs(rows));
    assert.deepEqual(trialSchema.parse(withRegret(trial, null)), withRegret(trial, null));
    assert.deepEqual(trial.verdict, { status: "valid", reasons: [] });
    assert.equal(trial.counts.ok, rows.length);
    assert.equal(trial.growth.unstable, false);
    // M/M/1 at load 0.5: mean 20 ms, half of it in the queue; the window is 2,000 service times per backend.
    assert.ok(Math.abs((trial.latencyMs.mean ?? 0) - 20) < 3, `${trial.latencyMs.mean}`);
    const [low, high] = trial.intervals.mean ?? assert.fail("no interval");
    assert.ok(low < 20 && 20 < high);
    assert.ok(
      trial.backends.every(({ utilisation }) => utilisation !== null && Math.abs(utilisation - 0.5) < 0.06),
    );
    const { sendLag, hop, queue, service } = trial.waterfallMs;
    const whole = (sendLag ?? 0) + (hop ?? 0) + (queue ?? 0) + (service ?? 0);
    assert.ok(Math.abs(whole - (trial.latencyMs.mean ?? 0)) < 1e-6);
    assert.equal(trial.resources.balancerCpuUsPerRequest, 1e6 / rows.length);
    assert.equal(trial.resources.balancerCores, 0.05);
  });

  it("is the same for the same inputs", async () => {
    const rows = traffic();
    writeRowsFile(path, rows);
    assert.deepEqual(await assembleTrial(inputs(rows)), await assembleTrial(inputs(rows)));
  });

  it("measures a fault: detected, recovered, lost, misdirected", async () => {
    // Backend 2 is away from 8 to 12 s and refuses 30 requests until the balancer has seen it; then backend 1 gets them all.
    const rows = traffic().map((each) => {
      const isAway = each.dueUs >= 8e6 && each.dueUs < 12e6 && each.backend === 2;
      if (!isAway) return each;
      return each.dueUs < 8.5e6
        ? row({ k: each.k, dueUs: each.dueUs, outcome: "connectionError" })
        : { ...each, backend: 1 };
    });
    writeRowsFile(path, rows);
    const spec = { type: "crash", backend: 2, at: 8_000, for: 4_000 };
    const weights = new Map([
      [1, 1],
      [2, 1],
    ]);
    const attempts = watchAttempts({
      faults: [spec],
      weights,
      zeroNs: 1_000_000_000n,
      durationMs: DURATION_MS,
      resolutionMs: 1,
    });
    const byDue = [...rows].sort((a, b) => a.dueUs - b.dueUs);
    for (const { dueUs, backend } of byDue) {
      attempts.add({
        backend: backend === 0 ? 2 : backend,
        atNs: 1_000_000_000n + BigInt(Math.round(dueUs * 1_000)),
        count: 1,
      });
    }
    const faults = [{ spec, injectedAtMs: 8_000.3, liftedAtMs: 12_001 }];
    const trial = await assembleTrial(inputs(rows, { faults, attempts }));
    assert.deepEqual(trialSchema.parse(withRegret(trial, null)), withRegret(trial, null));
    assert.equal(trial.verdict.status, "valid", trial.verdict.reasons.join("; "));
    const fault = trial.faults[0] ?? assert.fail("no fault");
    const lost = rows.filter(({ outcome }) => outcome !== 0);
    const last = Math.max(...lost.map(({ dueUs }) => dueUs)) / 1_000 - 8_000;
    assert.equal(fault.lost, lost.length);
    assert.ok(fault.detectedAfterMs !== null && Math.abs(fault.detectedAfterMs - last) < 0.01);
    assert.ok(
      fault.recoveredAfterMs !== null && fault.recoveredAfterMs >= last && fault.recoveredAfterMs < last + 20,
    );
    const during = rows.filter(({ dueUs }) => dueUs >= 8e6 && dueUs < 12e6);
    assert.equal(fault.misdirectedShare, lost.length / during.length);
    assert.deepEqual([fault.return, fault.returnedAfterMs], ["seen", 0]);
    assert.equal(fault.injectedAt, 8_000.3);
    assert.equal(fault.resolutionMs, 1);
    assert.equal(trial.growth.unstable, false);
  });

  it("leaves what was not seen as null", async () => {
    const rows = traffic();
    writeRowsFile(path, rows);
    const spec = { type: "slow", backend: 1, at: 8_000, for: 4_000 };
    const faults = [{ spec, injectedAtMs: null, liftedAtMs: null }];
    const trial = await assembleTrial(
      inputs(rows, { faults, balancer: null, machine: { pressure: null, steal: null } }),
    );
    assert.deepEqual(trialSchema.parse(withRegret(trial, null)), withRegret(trial, null));
    assert.equal(trial.faults[0]?.detectedAfterMs, null);
    assert.equal(trial.faults[0]?.misdirectedShare, null);
    assert.equal(trial.faults[0]?.resolutionMs, null);
    assert.equal(trial.resources.balancerCpuUsPerRequest, null);
  });

  it("is invalid when a ledger lacks an answer, when the load was too much, when somebody died", async () => {
    const rows = traffic();
    writeRowsFile(path, rows);
    const [one] = inputs(rows).backends;
    const lacking = inputs(rows, {
      backends: [one ?? assert.fail(), { id: 2, slots: 1, ledger: createLedger() }],
    });
    const { verdict } = await assembleTrial(lacking);
    assert.equal(verdict.status, "invalid");
    assert.match(verdict.reasons.join(), /ok responses of backend 2 are not among those it completed/);
    assert.equal(
      (await assembleTrial(inputs(rows, { deaths: ["nginx ended unasked"] }))).verdict.status,
      "invalid",
    );
    const dropping = rows.map((each, n) =>
      n % 50 === 0 ? row({ k: each.k, dueUs: each.dueUs, outcome: "dropped" }) : each,
    );
    writeRowsFile(path, dropping);
    const base = inputs(dropping);
    const load = base.load === null ? null : { ...base.load, dropped: Math.ceil(rows.length / 50) };
    const tooMuch = await assembleTrial({ ...base, load });
    assert.equal(tooMuch.verdict.status, "invalid");
    assert.match(tooMuch.verdict.reasons.join(), /above what the generator can send/);
  });

  it("writes what an interrupted run left, cut-off row and all, and refuses a cut-off row otherwise", async () => {
    const rows = traffic();
    writeFileSync(path, rowsFile(rows).subarray(0, rows.length * ROW_BYTES + 7));
    const trial = await assembleTrial(inputs(rows, { interrupted: true, load: null }));
    assert.equal(trial.counts.ok, rows.length - 1);
    assert.equal(trial.verdict.status, "invalid");
    assert.match(trial.verdict.reasons.join(), /interrupted/);
    await assert.rejects(assembleTrial(inputs(rows)), /the last row is cut off/);
    await assert.rejects(
      assembleTrial(inputs(rows, { durationMs: 0 })),
      /a window of 0 ms cannot be measured/,
    );
  });

  it("is suspect when the generator's own count of requests in flight disagrees with Little's law", async () => {
    const rows = traffic();
    writeRowsFile(path, rows);
    const base = inputs(rows);
    const load = base.load === null ? null : { ...base.load, meanInFlight: base.load.meanInFlight * 1.1 };
    const { verdict } = await assembleTrial({ ...base, load });
    assert.equal(verdict.status, "suspect");
    assert.match(verdict.reasons.join(), /Little's law is off/);
  });
});
