import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createSandbox, shortScenario, until } from "./test-cli.ts";

describe("--sweep", () => {
  const sandbox = createSandbox();
  after(() => sandbox.remove());
  const traffic = (duration: string) =>
    `{ model: open, arrivals: { type: poisson, load: 50% }, warmup: 100ms, duration: ${duration} }`;
  const contestants = "{ balancers: [builtin], algorithms: [random, least-connections] }";
  const text = (path: string): string => readFileSync(join(sandbox.cwd, path), "utf8");

  it("plays every value with every algorithm on all cores, with the records of a serial play", async () => {
    sandbox.write(
      "short.yaml",
      shortScenario({
        traffic: traffic("20s"),
        contestants,
        rest: "objectives: [{ metric: errorRate, atMost: 1% }]",
      }),
    );
    const { code, stderr } = await sandbox.run([
      "simulate",
      "short.yaml",
      "--sweep",
      "load=30%..90%/30%",
      "--out",
      "swept",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /✔ 6 of 6 trials {2}short@load=\d+%\/builtin/);
    const record = sandbox.record("swept");
    assert.deepEqual(
      record.trials.map(({ id }) => id),
      ["30%", "60%", "90%"].flatMap((load) =>
        ["random", "least-connections"].map((name) => `short@load=${load}/builtin/${name}/1`),
      ),
    );
    assert.deepEqual(
      record.scenarios.map(({ sweep, offeredRate }) => [
        sweep?.of,
        sweep?.label,
        sweep?.unit,
        sweep?.value,
        offeredRate,
      ]),
      [0.3, 0.6, 0.9].map((load) => ["short", "load", "share", load, 2_000 * load]),
    );
    for (const trial of [record.trials[1]!, record.trials[4]!]) {
      const alone = await sandbox.run([
        ...trial.command.split(" ").slice(2),
        "--out",
        `alone-${trial.id.replaceAll("/", "-")}`,
      ]);
      assert.equal(alone.code, 0, alone.stderr);
      const [again] = sandbox.record(`alone-${trial.id.replaceAll("/", "-")}`).trials;
      assert.deepEqual({ ...again, command: "" }, { ...trial, command: "" });
    }
  });

  it("is one section and one curve per algorithm in every report, with the knee", async () => {
    const summary = text("swept/summary.md");
    assert.deepEqual(summary.match(/^## .*$/gm), ["## A short one: load from 30% to 90%", "## Repeat"]);
    assert.match(
      summary,
      /\| load \| random \| least-connections \|\n.*\n\| 30% \| .* ms \| .* ms \|\n\| 60% /,
    );
    assert.match(summary, /No knee within the series|Knee, where p99 has become twice/);
    assert.match(summary, /✓ Objective: builtin\/random: error rate at most 1 %: met at 3 of 3 values/);
    assert.ok(existsSync(join(sandbox.cwd, "swept/charts/short-latency-against-load.png")));
    const page = text("swept/report.html");
    assert.equal(page.match(/<section class="scenario"/g)?.length, 1);
    assert.match(page, /<canvas id="sweep-chart-0-latency-against-load"/);
    const again = await sandbox.run(["report", "swept"]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /A short one: p99 by load\n\nload +random +least-connections\n30% /);
    assert.equal(text("swept/summary.md"), summary);
    assert.match(text("swept/trials.csv"), /,load,0\.3,/);
  });

  it("has a trial of the scenario put on its curves by compare, as a table, as data and as a picture", async () => {
    const single = await sandbox.run(["simulate", "short.yaml", "--seed", "2", "--out", "single"]);
    assert.equal(single.code, 0, single.stderr);
    const { code, stdout, stderr } = await sandbox.run(["compare", "single", "swept", "--out", "side"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /A short one: on the curves of the second run/);
    assert.match(stdout, /^builtin\/least-connections +50 % +\S+ .s /m);
    assert.match(stdout, /load 50 % was not swept: its place on a curve lies between those at 30% and 60%/);
    assert.ok(text("side/comparison.md").includes("![short-curve](short-curve.png)"));
    const png = readFileSync(join(sandbox.cwd, "side/short-curve.png"));
    assert.equal(png.subarray(1, 4).toString("latin1"), "PNG");
    const [curve] = JSON.parse(text("side/comparison.json")).curves;
    const mean = (load: string, algorithm: string): number =>
      sandbox.record("swept").trials.find(({ id }) => id === `short@load=${load}/builtin/${algorithm}/1`)!
        .latencyMs.mean!;
    for (const { contestant, value, figures } of curve.points) {
      const algorithm = contestant.split("/")[1];
      const expected = mean("30%", algorithm) ** (1 / 3) * mean("60%", algorithm) ** (2 / 3);
      assert.equal(value, 0.5);
      assert.ok(Math.abs(figures[0].second / expected - 1) < 1e-9, `${figures[0].second}, not ${expected}`);
    }
    assert.equal(curve.points.length, 2);
  });

  it("plays any number of the scenario, live as simulated", async () => {
    sandbox.write("short.yaml", shortScenario({ contestants: "{ balancers: [builtin] }" }));
    const sweep = ["--sweep", "traffic.arrivals.rate=50,100", "--out", "live"];
    const { code, stderr } = await sandbox.run(["run", "short.yaml", "--scenario", "short", ...sweep]);
    assert.equal(code, 0, stderr);
    const record = sandbox.record("live");
    assert.deepEqual(
      record.trials.map(({ id, engine, counts }) => [id, engine, counts.ok]),
      [
        ["short@traffic.arrivals.rate=50/builtin/round-robin/1", "live", 50],
        ["short@traffic.arrivals.rate=100/builtin/round-robin/1", "live", 100],
      ],
    );
    assert.deepEqual(sandbox.processes(), []);
  });

  it("refuses what cannot be swept in one line, before anything is written", async () => {
    sandbox.write("short.yaml", shortScenario({ contestants }));
    for (const [args, words] of [
      [["--sweep", "load=0.9..0.1/0.1"], /FROM must not be above TO/],
      [["--sweep", "lod=0.1,0.2"], /--sweep lod=0\.1: lod: unknown key "lod"/],
      [
        ["--sweep", "traffic.timeout=1,2"],
        /--sweep traffic\.timeout=1: traffic\.timeout: a duration needs a unit/,
      ],
      [["--sweep", "title=10%,20%"], /--sweep title=10%: title: is not a number in the scenario \(short\)/],
      [["--sweep", "faults.0.at=1s,2s"], /there is no faults\[0\]\.at in the scenario \(short\)/],
      [
        ["--sweep", "backends=1,2", "--backends", "3"],
        /--backends sets what --sweep backends varies: give one of them/,
      ],
    ] as const) {
      const { code, stderr } = await sandbox.run(["simulate", "short.yaml", ...args, "--out", "none"]);
      assert.equal(code, 64, stderr);
      assert.match(stderr, words);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }
    assert.ok(!existsSync(join(sandbox.cwd, "none")));
  });

  it("ends at Ctrl-C with what was measured until then", async () => {
    sandbox.write("long.yaml", shortScenario({ name: "long", traffic: traffic("2h"), contestants }));
    sandbox.write("quick.yaml", shortScenario({ name: "quick", traffic: traffic("1s"), contestants }));
    const args = ["simulate", "quick.yaml", "long.yaml", "--sweep", "load=0.3,0.6", "--out", "cut"];
    const { child, finished, stderr } = sandbox.start(args);
    await until("the quick ones are played", () => stderr().includes("4 of 8 trials"));
    child.kill("SIGINT");
    const { code } = await finished;
    assert.equal(code, 130, stderr());
    const record = sandbox.record("cut");
    assert.equal(record.run.partial, true);
    assert.deepEqual(
      record.trials.map(({ scenario }) => scenario),
      ["quick@load=0.3", "quick@load=0.3", "quick@load=0.6", "quick@load=0.6"],
    );
  });
});
