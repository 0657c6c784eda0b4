import assert from "node:assert/strict";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { locate } from "../balancers/fetch/locate.ts";
import { createSandbox, shortScenario, until } from "./test-cli.ts";

describe("the command line", () => {
  const sandbox = createSandbox();
  sandbox.write("short.yaml", shortScenario({ contestants: "{ balancers: [builtin] }" }));
  const absurd = "{ model: open, arrivals: { type: constant, rate: 1000000000 }, duration: 1s }";
  sandbox.write("absurd.yaml", shortScenario({ name: "absurd", traffic: absurd }));
  sandbox.write(
    "many.yaml",
    shortScenario({ name: "many", contestants: "{ balancers: [builtin], instances: 4 }" }),
  );
  sandbox.write("file", "");
  mkdirSync(join(sandbox.cwd, "full"));
  sandbox.write("full/something", "");
  after(sandbox.remove);

  const BAD: readonly { readonly args: readonly string[]; readonly code: number; readonly says: RegExp }[] = [
    { args: ["dance"], code: 64, says: /unknown command 'dance'/ },
    { args: ["run"], code: 64, says: /give a scenario file, a name of the library/ },
    { args: ["run", "short.yaml", "--repat", "2"], code: 64, says: /unknown option '--repat'.*--repeat/s },
    { args: ["run", "short.yaml", "--repeat", "0"], code: 64, says: /expected a whole number from 1/ },
    { args: ["run", "short.yaml", "--seed", "-1"], code: 64, says: /expected a whole number from 0/ },
    { args: ["run", "short.yaml", "--seed", "x"], code: 64, says: /expected a whole number from 0/ },
    { args: ["run", "short.yaml", "--duration", "10"], code: 64, says: /expected a duration such as/ },
    { args: ["run", "short.yaml", "--duration", "-1s"], code: 64, says: /duration/ },
    { args: ["run", "short.yaml", "--balancer", "ngnix"], code: 64, says: /ngnix.*nginx/s },
    {
      args: ["run", "short.yaml", "--algorithm", "round-robbin"],
      code: 64,
      says: /round-robbin.*round-robin/s,
    },
    {
      args: ["run", "short.yaml", "--scenario", "other"],
      code: 64,
      says: /--scenario other: there is short/,
    },
    { args: ["run", "missing.yaml"], code: 64, says: /missing\.yaml/ },
    { args: ["run", "short.yaml", "--out", "full"], code: 64, says: /--out full is not empty/ },
    { args: ["run", "short.yaml", "--out", "file"], code: 64, says: /--out file is a file/ },
    {
      args: ["run", "short.yaml", "--out", "file/below"],
      code: 3,
      says: /cannot write the run folder .*file\/below/,
    },
    { args: ["report", "nowhere"], code: 64, says: /no run at nowhere/ },
    {
      args: ["config", "apache", "--algorithm", "random", "--backend", "127.0.0.1:1"],
      code: 64,
      says: /unknown balancer "apache"/,
    },
    {
      args: ["config", "nginx", "--algorithm", "peak-ewma", "--backend", "127.0.0.1:1"],
      code: 64,
      says: /nginx has no peak-ewma/,
    },
    {
      args: ["config", "nginx", "--algorithm", "random", "--backend", "127.0.0.1"],
      code: 64,
      says: /expected HOST:PORT/,
    },
    { args: ["config", "nginx", "--algorithm", "random"], code: 64, says: /--backend/ },
    {
      args: ["config", "nginx", "--algorithm", "lest-connections", "--backend", "127.0.0.1:1"],
      code: 64,
      says: /did you mean "least-connections"/,
    },
    {
      args: ["run", "short.yaml", "--balancer", "nginx", "--algorithm", "peak-ewma"],
      code: 64,
      says: /nginx\/peak-ewma: /,
    },
    { args: ["run", "short.yaml", "--algorithm", "nginx(x)"], code: 64, says: /unknown algorithm/ },
    {
      args: ["run", "many.yaml"],
      code: 64,
      says: /many sets contestants\.instances, which simulate alone plays/,
    },
    { args: ["run", "absurd.yaml"], code: 64, says: /absurd asks for 1,000,000,000 requests per second/ },
  ];
  for (const { args, code, says } of BAD) {
    it(`answers "${args.join(" ")}" with one message and exit code ${code}`, async () => {
      const result = await sandbox.run(args);
      assert.match(result.stderr, says);
      assert.equal(result.code, code, result.stderr);
      assert.equal(result.stdout, "");
      assert.doesNotMatch(result.stderr, /\n\s+at /, "no stack");
    });
  }

  it("says so when another user may not write the results", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("needs root to become another user");
    chmodSync(sandbox.cwd, 0o755);
    chmodSync(join(sandbox.cwd, ".."), 0o755);
    chmodSync(join(sandbox.cwd, "../tmp"), 0o777);
    const { code, stderr } = await sandbox.run(["run", "short.yaml"], { uid: 65_534 });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /cannot write the run folder .*results/);
    assert.deepEqual(sandbox.processes(), []);
    await sandbox.run(["simulate", "short.yaml", "--out", "theirs"]);
    const report = await sandbox.run(["report", "theirs"], { uid: 65_534 });
    assert.equal(report.code, 3, report.stderr);
    assert.match(report.stderr, /cannot write the run folder .*theirs/);
    assert.doesNotMatch(report.stderr, /\n\s+at /, "no stack");
    const work = await sandbox.run(["run", "short.yaml"], {
      env: { EVENKEEL_TMP: join(sandbox.cwd, "file") },
    });
    assert.equal(work.code, 3, work.stderr);
    assert.match(work.stderr, /Set EVENKEEL_TMP/);
  });

  it("prints a configuration that names the algorithm's directive and the backends", async () => {
    const [one, two] = ["10.0.0.1:8000", "10.0.0.2:8000"];
    const config = ["config", "nginx", "--algorithm", "least-connections", "--backend", one];
    const { code, stdout } = await sandbox.run([...config, two]);
    assert.equal(code, 0);
    assert.equal((await sandbox.run([...config, "--backend", two])).stdout, stdout);
    assert.match(stdout, /least_conn;/);
    assert.match(stdout, /server 10\.0\.0\.1:8000/);
    assert.match(stdout, /server 10\.0\.0\.2:8000/);
  });

  it("says so when standard output is on a full disk", async (t) => {
    if (!existsSync("/dev/full")) return t.skip("needs /dev/full");
    const full = openSync("/dev/full", "w");
    const { code, stderr } = await sandbox.run(["list"], { stdout: full });
    closeSync(full);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /^evenkeel: the disk is full/);
    assert.doesNotMatch(stderr, /\n\s+at /, "no stack");
  });

  for (const args of [["setup"], ["selftest", "--engine", "live", "--only", "live/queue/nginx"]]) {
    it(`leaves nothing behind when a fetch of ${args[0]} is interrupted`, async (t) => {
      if ((await locate("nginx", { PATH: "", EVENKEEL_CACHE: sandbox.cwd })) !== null)
        return t.skip("NGINX is installed on this machine: nothing is fetched");
      const cache = join(sandbox.cwd, `cache-${args[0]}`);
      const { child, finished, stderr } = sandbox.start(args, { env: { EVENKEEL_CACHE: cache } });
      const folders = (): readonly string[] =>
        existsSync(join(cache, "balancers")) ? readdirSync(join(cache, "balancers")) : [];
      await until("it fetches", () => folders().length > 0 || child.exitCode !== null);
      child.kill("SIGINT");
      const { code } = await finished;
      assert.equal(code, 130, stderr());
      assert.deepEqual(folders(), []);
    });
  }

  it("compares two runs, writes the comparison where it is asked to, and says what it cannot compare", async () => {
    sandbox.write("other.yaml", shortScenario({ name: "other", contestants: "{ balancers: [builtin] }" }));
    for (const name of ["short", "other"])
      await sandbox.run(["simulate", `${name}.yaml`, "--out", `run-${name}`]);
    const { code, stdout, stderr } = await sandbox.run([
      "compare",
      "run-short",
      "run-short",
      "--out",
      "side",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /builtin\/round-robin/);
    assert.ok(existsSync(join(sandbox.cwd, "side", "comparison.md")));
    assert.ok(existsSync(join(sandbox.cwd, "side", "short.png")));
    const json = await sandbox.run(["compare", "run-short", "run-short", "--json"]);
    assert.equal(JSON.parse(json.stdout).scenarios[0].contestants[0].figures[0].difference, 0);
    const apart = await sandbox.run(["compare", "run-short", "run-other"]);
    assert.equal(apart.code, 64);
    assert.match(apart.stderr, /no scenario in common: short, other/);
    assert.equal((await sandbox.run(["compare", "run-short", "nowhere"])).code, 64);
    const full = await sandbox.run(["compare", "run-short", "run-short", "--out", "side"]);
    assert.equal(full.code, 64);
    assert.match(full.stderr, /--out side is not empty/);
    assert.equal(full.stdout, "", "the folder is refused before anything is printed");
  });

  it("prints its version and its help on standard output", async () => {
    assert.match((await sandbox.run(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
    const help = await sandbox.run(["--help"]);
    assert.equal(help.code, 0);
    for (const command of [
      "run",
      "simulate",
      "list",
      "validate",
      "report",
      "compare",
      "config",
      "doctor",
      "setup",
    ])
      assert.match(help.stdout, new RegExp(`^  ${command}\\b`, "m"));
  });

  it("says what this machine has and lacks", async () => {
    const { stdout } = await sandbox.run(["doctor"]);
    assert.match(stdout, /Node \d+/);
    assert.match(stdout, /nginx/);
    assert.match(stdout, /haproxy/);
  });
});
