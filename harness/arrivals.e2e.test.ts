import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createSandbox, shortScenario } from "./test-cli.ts";

describe("arrivals whose rate changes", () => {
  const sandbox = createSandbox();
  after(() => sandbox.remove());
  const simulated = async (file: string, out: string) => {
    const { code, stderr } = await sandbox.run(["simulate", file, "--out", out]);
    assert.equal(code, 0, stderr);
    return { record: sandbox.record(out), stderr };
  };
  const builtin = "{ balancers: [builtin], algorithms: [random] }";

  it("a ramp is played second by second, its rise is no growth, and the record says what is offered", async () => {
    const traffic =
      "{ model: open, arrivals: { type: ramp, from: { load: 10% }, to: { load: 80% }, process: constant }, warmup: 2s, duration: 20s }";
    const ramp = shortScenario({ name: "ramp", traffic, contestants: builtin }).replace(
      "count: 2, service: { type: constant, value: 1ms",
      "count: 20, service: { type: exponential, mean: 10ms",
    );
    sandbox.write("ramp.yaml", ramp);
    const { record } = await simulated("ramp.yaml", "ramp");
    const [scenario] = record.scenarios;
    // 20 backends of 100/s: from 200/s to 1,600/s.
    assert.deepEqual(
      [scenario?.offeredRate, scenario?.offeredRange, scenario?.unstable],
      [900, [200, 1_600], []],
    );
    const [trial] = record.trials;
    assert.equal(trial?.counts.scheduled, 18_000);
    for (const { second, scheduled } of trial?.series ?? [])
      assert.ok(Math.abs(scheduled - (200 + 70 * (second + 0.5))) <= 1, `second ${second}: ${scheduled}`);
    assert.ok(trial!.growth.latencyMsPerSecond > 1, "latency rises with the rate");
    assert.equal(trial?.growth.unstable, false);
  });

  it("a trace is played as recorded, and the run folder alone can play it again", async () => {
    sandbox.write(
      "log.csv",
      `at\n${Array.from({ length: 300 }, (_, i) => 1_000 + (i / 300) ** 2).join("\n")}\n`,
    );
    const traffic =
      "{ model: open, arrivals: { type: trace, file: ./log.csv }, warmup: 100ms, duration: 2s }";
    sandbox.write("trace.yaml", shortScenario({ name: "trace", traffic, contestants: builtin }));
    const { record, stderr } = await simulated("trace.yaml", "trace");
    assert.match(stderr, /note: the trace of trace ends after 993ms, before the window does \(2s\)/);
    const [trial] = record.trials;
    assert.deepEqual(
      trial?.series.map(({ scheduled }) => scheduled),
      [300, 0],
    );
    assert.equal(JSON.stringify(record).includes("1000.5"), false, "the record does not repeat the trace");
    sandbox.write("log.csv", "gone");
    const again = await sandbox.run([...(trial?.command.split(" ").slice(2) ?? []), "--out", "again"]);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(sandbox.record("again").trials[0]?.series, trial?.series);
  });

  it("refuses a length in requests that the arrivals cannot have, in one line", async () => {
    const open = (arrivals: string) => `{ model: open, arrivals: ${arrivals}, warmup: 0ms, duration: 1s }`;
    const ramp = "{ type: ramp, from: { rate: 10 }, to: { rate: 20 } }";
    sandbox.write("whole.yaml", shortScenario({ traffic: open(ramp), contestants: builtin }));
    sandbox.write(
      "times.yaml",
      shortScenario({ traffic: open("{ type: trace, times: [0, 1, 2] }"), contestants: builtin }),
    );
    for (const [file, words] of [
      [
        "whole.yaml",
        /--requests: the ramp of short is as long as its window; give it over, or use --duration/,
      ],
      ["times.yaml", /--requests 9: the trace of short has only 3/],
    ] as const) {
      const { code, stderr } = await sandbox.run(["simulate", file, "--requests", "9"]);
      assert.equal(code, 64, stderr);
      assert.match(stderr, words);
    }
  });
});
