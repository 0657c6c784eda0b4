import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createSandbox, type Sandbox, shortScenario, until } from "./test-cli.ts";

const LONG = "{ model: open, arrivals: { type: constant, rate: 100 }, warmup: 100ms, duration: 60s }";

describe("the end of a run", () => {
  let sandbox: Sandbox;
  beforeEach(() => {
    sandbox = createSandbox();
  });
  afterEach(() => sandbox.remove());

  const rowsOf = (balancer: string, scenario = "long"): string =>
    join(sandbox.cwd, "out", "trials", scenario, balancer, "round-robin", "1", "requests.bin");

  it("keeps what was measured when it is interrupted, marks it partial, ends with 130 and leaves nothing running", async () => {
    sandbox.write("short.yaml", shortScenario({ contestants: "{ balancers: [nginx] }" }));
    sandbox.write("long.yaml", shortScenario({ name: "long", traffic: LONG }));
    const { child, finished, stderr } = sandbox.start(["run", "short.yaml", "long.yaml", "--out", "out"]);
    await until("the second scenario is measured", () => existsSync(rowsOf("nginx")));
    child.kill("SIGINT");
    const { code } = await finished;
    assert.equal(code, 130, stderr());
    const record = sandbox.record("out");
    assert.equal(record.run.partial, true);
    assert.equal(record.trials[0]?.verdict.status === "invalid", false);
    assert.equal(record.trials[1]?.verdict.status, "invalid");
    assert.match(record.trials[1]?.verdict.reasons.join() ?? "", /interrupted/);
    assert.ok(existsSync(join(sandbox.cwd, "out", "report.html")));
    assert.deepEqual(sandbox.processes(), []);
    assert.deepEqual(sandbox.workFolders(), []);
  });

  it("removes at the next start what a killed run had left behind, and nothing else", async () => {
    sandbox.write(
      "long.yaml",
      shortScenario({ name: "long", traffic: LONG, contestants: "{ balancers: [nginx] }" }),
    );
    sandbox.write("short.yaml", shortScenario({ contestants: "{ balancers: [nginx] }" }));
    const killed = sandbox.start(["run", "long.yaml", "--out", "out"]);
    await until("it is measured", () => existsSync(rowsOf("nginx")));
    const alive = sandbox.start(["run", "long.yaml", "--out", "alive"]);
    await until("another run is measured", () => existsSync(rowsOf("nginx").replace("/out/", "/alive/")));
    const before = sandbox.processes().length;
    killed.child.kill("SIGKILL");
    await killed.finished;
    assert.ok(sandbox.processes().length > before / 2, "NGINX of the killed run lives on");
    const next = await sandbox.run(["run", "short.yaml", "--out", "next"]);
    assert.equal(next.code, 0, next.stderr);
    assert.match(next.stderr, /removed what the killed run .* had left behind/);
    assert.equal(sandbox.workFolders().length, 1);
    assert.equal(alive.child.exitCode, null);
    alive.child.kill("SIGTERM");
    assert.equal((await alive.finished).code, 130);
    assert.deepEqual(sandbox.processes(), []);
    assert.deepEqual(sandbox.workFolders(), []);
  });

  it("marks a trial invalid when its balancer dies in the middle, and goes on", async () => {
    const traffic = LONG.replace("60s", "3s");
    sandbox.write("long.yaml", shortScenario({ name: "long", traffic }));
    const { finished } = sandbox.start(["run", "long.yaml", "--out", "out"]);
    await until("requests were answered", () => existsSync(rowsOf("nginx")));
    const master = sandbox
      .processes()
      .find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("nginx: master"));
    process.kill(master ?? assert.fail("no NGINX"), "SIGKILL");
    const { code, stderr } = await finished;
    assert.equal(code, 0, stderr);
    const [nginx, builtin] = sandbox.record("out").trials;
    assert.equal(nginx?.verdict.status, "invalid");
    assert.match(nginx?.verdict.reasons.join() ?? "", /nginx ended unasked with SIGKILL/);
    assert.notEqual(builtin?.verdict.status, "invalid", builtin?.verdict.reasons.join());
    assert.deepEqual(sandbox.processes(), []);
  });

  it("marks a trial invalid when a backend dies that no fault meant to kill, and goes on with a new one", async () => {
    sandbox.write("long.yaml", shortScenario({ name: "long", traffic: LONG.replace("60s", "2s") }));
    const { finished } = sandbox.start(["run", "long.yaml", "--out", "out"]);
    await until("requests are sent", () => existsSync(rowsOf("nginx")));
    const backend = sandbox
      .processes()
      .find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes('backends/main.ts\0{"id":2,'));
    process.kill(backend ?? assert.fail("no backend 2"), "SIGKILL");
    const { code, stderr } = await finished;
    assert.equal(code, 0, stderr);
    const [nginx, builtin] = sandbox.record("out").trials;
    assert.equal(nginx?.verdict.status, "invalid");
    assert.match(nginx?.verdict.reasons.join() ?? "", /backend 2 ended unasked with SIGKILL/);
    assert.notEqual(builtin?.verdict.status, "invalid", builtin?.verdict.reasons.join());
    assert.ok((builtin?.backends.find(({ id }) => id === 2)?.requests ?? 0) > 0, "backend 2 is there again");
    assert.deepEqual(sandbox.processes(), []);
  });

  it("ends as with Ctrl-C when its terminal is closed", async () => {
    sandbox.write(
      "long.yaml",
      shortScenario({ name: "long", traffic: LONG, contestants: "{ balancers: [builtin] }" }),
    );
    const { child, finished, stderr } = sandbox.start(["run", "long.yaml", "--out", "out"]);
    await until("it is measured", () => existsSync(rowsOf("builtin")));
    child.kill("SIGHUP");
    const { code } = await finished;
    assert.equal(code, 130, stderr());
    assert.equal(sandbox.record("out").run.partial, true);
    assert.deepEqual(sandbox.processes(), []);
    assert.deepEqual(sandbox.workFolders(), []);
  });

  it("loses one trial, and not the run, when its load generator dies", async () => {
    sandbox.write("long.yaml", shortScenario({ name: "long", traffic: LONG.replace("60s", "2s") }));
    const { finished } = sandbox.start(["run", "long.yaml", "--out", "out"]);
    await until("requests are sent", () => existsSync(rowsOf("nginx")));
    const generator = sandbox
      .processes()
      .find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("load/main"));
    process.kill(generator ?? assert.fail("no load generator"), "SIGKILL");
    const { code, stderr } = await finished;
    assert.equal(code, 0, stderr);
    const [nginx, builtin] = sandbox.record("out").trials;
    assert.match(nginx?.verdict.reasons.join() ?? "", /the load generator ended with SIGKILL/);
    assert.notEqual(builtin?.verdict.status, "invalid", builtin?.verdict.reasons.join());
    assert.deepEqual(sandbox.processes(), []);
  });

  it("shows the words of a balancer that does not start, plays the others and ends with 3", async () => {
    const bin = join(sandbox.cwd, "bin");
    mkdirSync(bin);
    // Looks like NGINX to who asks for its version and checks a configuration; dies when it is started.
    writeFileSync(
      join(bin, "nginx"),
      '#!/bin/sh\nfor word; do case $word in -v|-V) echo "nginx version: nginx/1.99.0" >&2; exit 0;; -t) exit 0;; esac; done\necho "nginx: [emerg] cannot dance" >&2\nexit 1\n',
      { mode: 0o755 },
    );
    sandbox.write("short.yaml", shortScenario());
    const { code, stderr } = await sandbox.run(["run", "short.yaml", "--out", "out"], {
      env: { PATH: `${bin}:${process.env.PATH}` },
    });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /did not start: short\/nginx\/round-robin\/1: .*cannot dance/s);
    const [nginx, builtin] = sandbox.record("out").trials;
    assert.match(nginx?.verdict.reasons.join() ?? "", /cannot dance/);
    assert.notEqual(builtin?.verdict.status, "invalid", builtin?.verdict.reasons.join());
    assert.deepEqual(sandbox.processes(), []);
  });

  it("refuses a configuration of the user's own that NGINX refuses, with NGINX's words, before anything is played", async () => {
    sandbox.write(
      "mine.conf",
      "events {}\nhttp { upstream u { server 1.2.3.4:1; server 1.2.3.5:1; } server { listen 80; location / { proxy_pass http://u; dance on; } } }\n",
    );
    sandbox.write(
      "own.yaml",
      shortScenario({ name: "own", contestants: "{ balancers: [{ nginx: ./mine.conf }] }" }),
    );
    sandbox.write("good.yaml", shortScenario({ contestants: "{ balancers: [builtin] }" }));
    await sandbox.run(["simulate", "good.yaml"]);
    const latest = () => realpathSync(join(sandbox.cwd, "results", "latest"));
    const before = latest();
    const { code, stderr, stdout } = await sandbox.run(["run", "own.yaml"]);
    assert.equal(code, 64, stderr);
    assert.match(stderr, /mine\.conf: .*unknown directive "dance"/s);
    assert.equal(stdout, "");
    assert.equal(latest(), before, "the newest run is still the one that was played");
    assert.equal(readdirSync(join(sandbox.cwd, "results")).length, 2, "no empty folder is left");
    assert.deepEqual(sandbox.processes(), []);
  });

  it("says that a load is above what the generator can send", async () => {
    const traffic =
      "{ model: open, arrivals: { type: constant, rate: 150000 }, warmup: 0ms, duration: 1s, timeout: 500ms }";
    sandbox.write(
      "over.yaml",
      shortScenario({ name: "over", traffic, contestants: "{ balancers: [nginx] }" }),
    );
    const { code, stderr } = await sandbox.run(["run", "over.yaml", "--out", "out"]);
    assert.equal(code, 1, stderr);
    const [trial] = sandbox.record("out").trials;
    assert.equal(trial?.verdict.status, "invalid");
    assert.match(trial?.verdict.reasons.join() ?? "", /above what the generator can send/);
    assert.equal(trial?.counts.scheduled, 150_000);
  });

  it("ends with one message when the disk is full, and keeps the record whole", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("needs root to mount a small file system");
    const disk = join(sandbox.cwd, "disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], { stdio: "pipe" });
    } catch (error) {
      return t.skip(`cannot mount a small file system here: ${(error as Error).message}`);
    }
    try {
      sandbox.write("short.yaml", shortScenario({ contestants: "{ balancers: [nginx] }" }));
      const { code, stderr } = await sandbox.run(["run", "short.yaml", "--repeat", "6", "--out", "disk"]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /^evenkeel: .*disk is full.*$/m);
      assert.doesNotMatch(stderr, /\n\s+at /, "no stack");
      const record = sandbox.record("disk");
      assert.equal(record.run.partial, true);
      assert.ok(record.trials.length >= 1);
      assert.deepEqual(sandbox.processes(), []);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
