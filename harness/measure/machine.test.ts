import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { describeMachine, sampleMachine } from "./machine.ts";

describe("machine", () => {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-machine-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const files = { pressure: join(folder, "pressure"), stat: join(folder, "stat") };
  const write = (pressureUs: number, stat: string): void => {
    writeFileSync(
      files.pressure,
      `some avg10=0.00 avg60=0.00 avg300=0.00 total=${pressureUs}\nfull avg10=0.00 total=7\n`,
    );
    writeFileSync(files.stat, `cpu  ${stat} 55 0\ncpu0 1 2 3\n`);
  };

  it("reads the share of time under pressure and of time stolen since the start", async () => {
    write(1_000, "100 0 50 800 10 0 5 35");
    const sample = sampleMachine(files);
    const startedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 50));
    write(11_000, "140 0 60 840 10 0 5 45");
    const elapsedMs = performance.now() - startedAt;
    const { pressure, steal } = sample.stop();
    assert.ok(pressure !== null && pressure > 0 && pressure <= 10 / elapsedMs, `${pressure}`);
    assert.equal(steal, 0.1);
  });

  it("does not know what the machine does not say", () => {
    const missing = { pressure: join(folder, "none"), stat: join(folder, "none") };
    assert.deepEqual(sampleMachine(missing).stop(), { pressure: null, steal: null });
    writeFileSync(files.pressure, "garbage");
    writeFileSync(files.stat, "garbage");
    assert.deepEqual(sampleMachine(files).stop(), { pressure: null, steal: null });
  });

  it("stays within 0 and 1 when a counter goes back", () => {
    write(9_000_000_000, "100 0 0 800 0 0 0 100");
    const sample = sampleMachine(files);
    write(0, "200 0 0 900 0 0 0 50");
    assert.deepEqual(sample.stop(), { pressure: 0, steal: 0 });
  });

  it("is described without gaps", () => {
    const { cpu, cores, memoryBytes, os, kernel } = describeMachine();
    assert.ok(cores >= 1 && memoryBytes > 0);
    for (const text of [cpu, os, kernel]) assert.notEqual(text, "");
  });
});
