import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createSandbox, shortScenario } from "./test-cli.ts";

const page = readFileSync(new URL("../docs/writing-an-algorithm.md", import.meta.url), "utf8");
const blocksOf = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map((match) => match[1]!);

describe("docs/writing-an-algorithm.md", () => {
  const sandbox = createSandbox();
  after(() => sandbox.remove());
  for (const block of [...blocksOf("ts"), ...blocksOf("yaml")])
    sandbox.write(/^(?:\/\/|#) (\S+)$/m.exec(block)![1]!, block);
  const commands = blocksOf("sh").flatMap((block) =>
    [...block.matchAll(/^npx evenkeel ([^#\n]*)/gm)].map((match) => match[1]!.trim().split(" ")),
  );
  const simulate = async (words: readonly string[], out: string) => {
    const { code, stderr } = await sandbox.run([...words, "--out", out]);
    assert.equal(code, 0, stderr);
    return new Map(sandbox.record(out).trials.map((trial) => [trial.algorithm, trial]));
  };

  it("has commands that play, and figures that come out as it says", async () => {
    const [first, live, second, ...others] = commands;
    assert.ok(first && live && second && others.length === 0);
    const slow = await simulate(first, "slow");
    assert.ok(slow.get("shortest-first")!.latencyMs.p95! < slow.get("round-robin")!.latencyMs.p95!);
    const burst = await simulate(second, "burst");
    assert.ok(burst.get("rest-after-failure")!.errorRate < 0.8 * burst.get("random")!.errorRate);
    const plan = await sandbox.run([...live, "--dry-run"]);
    assert.equal(plan.code, 0, plan.stderr);
    assert.match(plan.stdout, /builtin\/shortest-first/);
    assert.match(plan.stdout, /nginx\/shortest-first: an algorithm of your own runs in the builtin proxy/);
  });

  it("has a scenario that plays, holds its claim and can be played again from the record's own command", async () => {
    await simulate(["simulate", "mine.yaml"], "mine");
    const { claims, scenarios, trials } = sandbox.record("mine");
    assert.equal(claims[0]?.held, true);
    const [own] = scenarios[0]?.ownAlgorithms ?? [];
    assert.equal(own?.file, join(sandbox.cwd, "shortest-first.ts"));
    assert.match(own.sha256, /^[0-9a-f]{64}$/);
    const trial = trials.find(({ algorithm }) => algorithm === "shortest-first");
    const again = await simulate(trial!.command.split(" ").slice(2), "again");
    assert.deepEqual(again.get("shortest-first")?.latencyMs, trial!.latencyMs);
  });

  it("shows what is wrong with a file in the very words", async () => {
    const [refused, ended] = blocksOf("text");
    sandbox.write("wrong.ts", blocksOf("ts")[0]!.replace(/^ {2}(family|weighted): .*\n/gm, ""));
    const { code, stderr } = await sandbox.run(["simulate", "steady", "--algorithm", "./wrong.ts"]);
    assert.deepEqual([code, stderr], [64, refused]);
    sandbox.write("wrong.ts", blocksOf("ts")[0]!.replace(/eligible\.reduce.*/, "7,"));
    sandbox.write("short.yaml", shortScenario().replace("count: 2", "count: 3"));
    await sandbox.run(["simulate", "short.yaml", "--algorithm", "./wrong.ts", "--out", "wrong"]);
    const [trial] = sandbox.record("wrong").trials;
    assert.equal(trial?.verdict.status, "invalid");
    assert.deepEqual(trial.verdict.reasons, [join(sandbox.cwd, ended!.trimEnd())]);
  });

  it("plays the file on sockets, beside balancers that cannot, and makes its reports again without it", async () => {
    sandbox.write("short.yaml", shortScenario());
    const words = ["--algorithm", "./shortest-first.ts,round-robin", "--balancer", "nginx,builtin"];
    const { code, stderr } = await sandbox.run(["run", "short.yaml", ...words, "--out", "live"]);
    assert.equal(code, 0, stderr);
    const { trials, unsupported } = sandbox.record("live");
    const own = trials.find(({ algorithm }) => algorithm === "shortest-first");
    assert.deepEqual([own?.balancer, own?.counts.ok], ["builtin", 200]);
    assert.deepEqual(
      unsupported.map(({ balancer, algorithm }) => [balancer, algorithm]),
      [["nginx", "shortest-first"]],
    );
    sandbox.write("shortest-first.ts", "throw new Error('not needed');");
    const report = await sandbox.run(["report", "live"]);
    assert.equal(report.code, 0, report.stderr);
  });

  it("ends a live trial whose file breaks the contract, with a reason that names it", async () => {
    // The first backend for twenty requests, then one that there is not.
    const wrong = `let picks = 0;
export const algorithm = { name: "wrong", family: "static", weighted: false, create: () => ({ pick: () => (picks++ < 20 ? 0 : 7) }) };`;
    sandbox.write("later.mjs", wrong);
    sandbox.write("at-once.mjs", wrong.replace("20", "0").replace('"wrong"', '"at-once"'));
    const words = ["--algorithm", "./later.mjs,./at-once.mjs", "--balancer", "builtin"];
    const { code, stderr } = await sandbox.run(["run", "short.yaml", ...words, "--out", "broken"]);
    assert.equal(code, 1, stderr);
    for (const trial of sandbox.record("broken").trials) {
      assert.equal(trial.verdict.status, "invalid");
      assert.match(
        trial.verdict.reasons.join("; "),
        /(later|at-once)\.mjs: pick gave 7, which is not one of pool\.eligible/,
      );
    }
    assert.deepEqual(sandbox.processes(), []);
  });
});
