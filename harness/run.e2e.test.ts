import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createSandbox, shortScenario } from "./test-cli.ts";

describe("evenkeel run", () => {
  const sandbox = createSandbox();
  after(sandbox.remove);

  it("plays a scenario on NGINX, HAProxy and the builtin proxy and leaves a run folder that adds up", async () => {
    sandbox.write(
      "short.yaml",
      shortScenario({
        contestants:
          "{ balancers: [nginx, haproxy, builtin], algorithms: [round-robin, peak-ewma], control: builtin/round-robin }",
      }),
    );
    const { code, stdout, stderr } = await sandbox.run(["run", "short.yaml"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /nginx\/round-robin/);
    assert.match(stderr, /Everything is in /);
    const record = sandbox.record();
    assert.equal(record.run.partial, false);
    assert.deepEqual(
      record.trials.map(({ id }) => id),
      [
        "short/nginx/round-robin/1",
        "short/haproxy/round-robin/1",
        "short/builtin/round-robin/1",
        "short/builtin/peak-ewma/1",
        "short/builtin/round-robin/control/1",
      ],
    );
    assert.deepEqual(
      record.unsupported.map(({ balancer, algorithm }) => `${balancer}/${algorithm}`),
      ["nginx/peak-ewma", "haproxy/peak-ewma"],
    );
    for (const { id, verdict, counts, backends } of record.trials) {
      assert.notEqual(verdict.status, "invalid", `${id}: ${verdict.reasons.join("; ")}`);
      assert.equal(counts.scheduled, 200);
      assert.equal(counts.ok, 200);
      assert.equal(
        backends.reduce((sum, { completed }) => sum + completed, 0),
        200,
      );
    }
    const folder = realpathSync(join(sandbox.cwd, "results/latest"));
    for (const file of ["report.html", "summary.md", "trials.csv", "series.csv", "scenarios/short.yaml"])
      assert.ok(existsSync(join(folder, file)), file);
    for (const path of record.trials.flatMap(({ configs, rows }) => [...configs, rows]))
      assert.ok(existsSync(join(folder, path)), path);
  });

  it("gives every contestant the same work and the same work again for the same seed", () => {
    const rows = sandbox
      .record()
      .trials.map(({ rows: path }) => readFileSync(join(sandbox.cwd, "results/latest", path)));
    const dueAndType = rows.map((bytes) => {
      const list: string[] = [];
      for (let at = 48; at < bytes.length; at += 48)
        list.push(`${bytes.readUInt32LE(at + 24)} ${bytes.readDoubleLE(at)} ${bytes.readUInt16LE(at + 42)}`);
      return list.sort();
    });
    for (const list of dueAndType) assert.deepEqual(list, dueAndType[0]);
  });

  it("leaves no process and no work folder", () => {
    assert.deepEqual(sandbox.processes(), []);
    assert.deepEqual(sandbox.workFolders(), []);
  });

  it("makes every report again from the records alone, byte for byte", async () => {
    const folder = realpathSync(join(sandbox.cwd, "results/latest"));
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(html|md|csv|png)$/.test(name),
    );
    assert.ok(files.some((name) => name.endsWith(".png")));
    const before = files.map((name) => readFileSync(join(folder, name)));
    const { code, stdout } = await sandbox.run(["report", "results/latest"]);
    assert.equal(code, 0);
    assert.match(stdout, /nginx\/round-robin/);
    for (const [index, name] of files.entries())
      assert.deepEqual(readFileSync(join(folder, name)), before[index], name);
  });

  it("repeats a trial by the command that its record gives", async () => {
    const [first] = sandbox.record().trials;
    const words = first?.command.split(" ") ?? [];
    assert.deepEqual(words.slice(0, 3), ["npx", "evenkeel", "run"]);
    const { code, stdout, stderr } = await sandbox.run([...words.slice(2), "--json", "--out", "again"]);
    assert.equal(code, 0, stderr);
    const again = sandbox.record("again");
    assert.deepEqual(JSON.parse(stdout), again);
    assert.deepEqual(
      again.trials.map(({ id, seed, counts }) => ({ id, seed, counts })),
      [{ id: first?.id, seed: first?.seed, counts: first?.counts }],
    );
  });

  it("prints the plan of a dry run and plays nothing", async () => {
    const { code, stdout } = await sandbox.run([
      "run",
      "short.yaml",
      "--dry-run",
      "--repeat",
      "2",
      "--out",
      "dry",
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /short\/nginx\/round-robin\/2/);
    assert.match(stdout, /n\/a +nginx\/peak-ewma/);
    assert.match(stdout, /10 trials, about \d+ s/);
    const json = await sandbox.run(["run", "short.yaml", "--dry-run", "--json", "--repeat", "2"]);
    const plan = JSON.parse(json.stdout);
    assert.equal(plan.trials.length, 10);
    assert.equal(plan.trials[0].id, "short/nginx/round-robin/1");
    assert.match(plan.trials[0].command, /^npx evenkeel run /);
    assert.equal(existsSync(join(sandbox.cwd, "dry")), false);
  });

  it("ends with 5 when an objective is violated, and with 0 when a claim is not held", async () => {
    const contestants = "{ balancers: [builtin], algorithms: [round-robin, random] }";
    sandbox.write(
      "strict.yaml",
      shortScenario({
        name: "strict",
        contestants,
        rest: "objectives: [{ metric: latencyMs.p50, atMost: 0.1ms }]",
      }),
    );
    sandbox.write(
      "claims.yaml",
      shortScenario({
        name: "claims",
        contestants,
        rest: "claims: [{ metric: latencyMs.p50, of: random, below: round-robin, ratio: 0.001 }]",
      }),
    );
    const strict = await sandbox.run(["run", "strict.yaml", "--out", "strict"]);
    assert.equal(strict.code, 5, strict.stderr);
    assert.equal(sandbox.record("strict").objectives[0]?.met, false);
    const claims = await sandbox.run(["run", "claims.yaml", "--out", "claims"]);
    assert.equal(claims.code, 0, claims.stderr);
    assert.equal(sandbox.record("claims").claims[0]?.held, false);
  });

  it("plays a trial with a fault without it, too, and compares request by request", async () => {
    sandbox.write(
      "faulty.yaml",
      shortScenario({
        name: "faulty",
        contestants: "{ balancers: [builtin], algorithms: [round-robin] }",
        rest: "faults: [{ at: 300ms, for: 400ms, backend: 1, type: error, status: 500 }]",
      }),
    );
    const { code, stderr } = await sandbox.run(["run", "faulty.yaml", "--counterfactual", "--out", "faulty"]);
    assert.equal(code, 0, stderr);
    const [trial] = sandbox.record("faulty").trials;
    const { faults, impact, counts, command } = trial ?? assert.fail("no trial");
    assert.match(command, /--counterfactual$/);
    const lost = faults[0]?.lost ?? 0;
    // 200 per second for 400 ms, every other one to backend 1.
    assert.ok(lost >= 38 && lost <= 42, `${lost} lost`);
    assert.deepEqual(faults[0]?.lostBy, { connect: 0, midFlight: 0, timeout: 0, wrongStatus: lost });
    assert.equal(counts.httpError, lost);
    assert.equal(impact?.counterfactual?.extraFailures, lost);
    assert.equal(impact?.phases.during.failed, lost);
    const attempts = Object.values(impact?.phases ?? {}).reduce(
      (sum, phase) => sum + (phase.attempts ?? 0),
      0,
    );
    // Reports of 20 ms may lie on either side of the window's ends.
    assert.ok(attempts >= 194 && attempts <= 206, `${attempts} attempts`);
    const rows = readFileSync(
      join(sandbox.cwd, "faulty/trials/faulty/builtin/round-robin/1/without-faults/requests.bin"),
    );
    assert.equal(rows.length, 201 * 48);
  });

  it("plays a closed loop", async () => {
    sandbox.write(
      "closed.yaml",
      shortScenario({
        name: "closed",
        traffic: "{ model: closed, connections: 4, warmup: 100ms, duration: 1s }",
        contestants: "{ balancers: [nginx] }",
      }),
    );
    const { code, stderr } = await sandbox.run(["run", "closed.yaml", "--out", "closed"]);
    assert.equal(code, 0, stderr);
    const [trial] = sandbox.record("closed").trials;
    assert.notEqual(trial?.verdict.status, "invalid", trial?.verdict.reasons.join("; "));
    assert.ok((trial?.counts.ok ?? 0) > 100);
  });
});
