import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createSandbox, shortScenario } from "./test-cli.ts";

describe("simulate", () => {
  const sandbox = createSandbox();
  after(() => sandbox.remove());
  const scenario = shortScenario({
    contestants:
      "{ balancers: [nginx, builtin], algorithms: [random, least-connections], control: nginx/random }",
  });

  it("plays each algorithm once, writes the record and every report, and the same trials for the same seed", async () => {
    sandbox.write("short.yaml", scenario);
    for (const out of ["one", "two"]) {
      const { code, stderr } = await sandbox.run(["simulate", "short.yaml", "--out", out]);
      assert.equal(code, 0, stderr);
    }
    const [one, two] = [sandbox.record("one"), sandbox.record("two")];
    assert.deepEqual(
      one.trials.map(({ id, engine, verdict, counts }) => [id, engine, verdict.status, counts.ok]),
      [
        ["short/builtin/random/1", "simulation", "valid", 200],
        ["short/builtin/least-connections/1", "simulation", "valid", 200],
      ],
    );
    const played = (record: typeof one): unknown =>
      record.trials.map(({ command, ...trial }) => [trial, command.replace(/ (one|two)\//, " ")]);
    assert.equal(JSON.stringify(played(one)), JSON.stringify(played(two)));
    for (const file of ["report.html", "summary.md", "trials.csv", "series.csv"])
      assert.ok(existsSync(join(sandbox.cwd, "one", file)), file);
  });

  it("records exactly as many requests as asked, with as many backends as asked", async () => {
    sandbox.write("short.yaml", scenario);
    const size = ["--requests", "5000", "--backends", "300", "--algorithm", "random"];
    const { code, stderr } = await sandbox.run(["simulate", "short.yaml", ...size, "--out", "large"]);
    assert.equal(code, 0, stderr);
    const [trial] = sandbox.record("large").trials;
    assert.equal(trial?.counts.scheduled, 5_000);
    assert.equal(trial?.backends.length, 300);
    // N/10 requests at 200 per second are 2.5 s; the scenario's 100 ms are shorter.
    assert.equal(trial?.warmupMs, 100);
    const words = trial?.command.split(" ").slice(2) ?? [];
    const again = await sandbox.run([...words, "--out", "again"]);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(sandbox.record("again").trials[0]?.latencyMs, trial?.latencyMs);
    const live = await sandbox.run(["run", "large/scenarios/short.yaml", "--out", "live"]);
    assert.equal(live.code, 64);
    assert.match(live.stderr, /short has 300 backends, .* a live run has at most 64; play it with simulate/);
  });

  it("refuses a size that makes no sense, in one line", async () => {
    const closed = "{ model: closed, connections: 4, warmup: 0ms, duration: 1s }";
    sandbox.write("closed.yaml", shortScenario({ name: "closed", traffic: closed }));
    sandbox.write(
      "fault.yaml",
      shortScenario({ rest: "faults: [{ type: crash, at: 500ms, for: 100ms, backend: 2 }]" }),
    );
    for (const [args, words] of [
      [["closed.yaml", "--requests", "10"], /closed is a closed loop, whose users decide; use --duration/],
      [["fault.yaml", "--backends", "1"], /--backends 1: short speaks of backend 2/],
      [["fault.yaml", "--backends", "100000000"], /--backends 100000000: at most 100000/],
      [["fault.yaml", "--requests", "10"], /is over after .*, before its crash at 500ms/],
      [["fault.yaml", "--requests", "10", "--duration", "1s"], /cannot be used with/],
    ] as const) {
      const { code, stderr } = await sandbox.run(["simulate", ...args]);
      assert.equal(code, 64, stderr);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, /\n\s+at /, "no stack");
    }
    assert.ok(!existsSync(join(sandbox.cwd, "results")), "nothing was written");
  });
});
