import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadScenarios } from "./load.ts";
import type { Overrides } from "./overrides.ts";
import { ScenarioError } from "./problem.ts";
import { MAX_FILE_BYTES } from "./read-text.ts";

const testdata = relative(process.cwd(), fileURLToPath(new URL("./testdata/", import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "evenkeel-load-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const good = readFileSync(join(testdata, "good.yaml"), "utf8");

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The message without the folder that the files lie in. */
async function problemsOf(paths: readonly string[], overrides: Overrides = {}): Promise<string[]> {
  const loading = loadScenarios(paths, overrides);
  const error = await loading.then(
    () => assert.fail("expected a ScenarioError"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ScenarioError, String(error));
  return error.message.replaceAll(`${folder}/`, "").replaceAll(`${testdata}/`, "").split("\n");
}

const one = async (name: string, content: string | Uint8Array) => problemsOf([write(name, content)]);

test("a good file becomes a scenario with milliseconds, shares and every default", async () => {
  const [loaded] = await loadScenarios([join(testdata, "good.yaml")]);
  const { scenario, notes, durationChanged, suite } = loaded!;
  assert.equal(scenario.traffic.duration, 4_000);
  assert.equal(scenario.traffic.warmup, 2_000);
  assert.deepEqual(scenario.traffic.model === "open" && scenario.traffic.arrivals, {
    type: "constant",
    load: 0.5,
  });
  assert.deepEqual(
    scenario.objectives.map(({ atMost }) => atMost),
    [80, 0.05],
  );
  assert.deepEqual([notes, durationChanged, suite], [[], false, null]);
});

for (const name of ["wrong-values", "wrong-together", "wrong-suite"]) {
  test(`${name}.yaml: every mistake is said at once, with line, path and what was expected`, async () => {
    const lines = `${(await problemsOf([join(testdata, `${name}.yaml`)])).join("\n")}\n`;
    const golden = join(testdata, `${name}.txt`);
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, lines);
    assert.equal(lines, readFileSync(golden, "utf8"));
  });
}

test("what is no scenario file is refused with the reason", async () => {
  mkdirSync(join(folder, "dir.yaml"));
  assert.deepEqual(await problemsOf([join(folder, "dir.yaml")]), [
    "dir.yaml: this is a folder, a file was expected",
  ]);
  assert.deepEqual(await problemsOf([join(folder, "none.yaml")]), ["none.yaml: there is no such file"]);
  const empty = ": the file is empty: a scenario was expected";
  assert.deepEqual(await one("empty.yaml", ""), [`empty.yaml${empty}`]);
  assert.deepEqual(await one("comment.yaml", "# nothing\n"), [`comment.yaml${empty}`]);
  assert.deepEqual(await one("elf.yaml", new Uint8Array([127, 69, 76, 70, 0, 1])), [
    "elf.yaml: a binary file, not a text",
  ]);
  assert.deepEqual(await one("latin1.yaml", new Uint8Array([110, 58, 32, 0xe9, 10])), [
    "latin1.yaml: not UTF-8 text",
  ]);
  const top = "expected keys such as name, backends and traffic at the top of the file";
  assert.deepEqual(await one("list.yaml", "- 1\n"), [`list.yaml: ${top}`]);
  const size = MAX_FILE_BYTES + 1;
  assert.deepEqual(await one("huge.yaml", "#".repeat(size)), [
    `huge.yaml: larger than 256 KiB (${size} bytes): this is not such a file`,
  ]);
  symlinkSync("loop.yaml", join(folder, "loop.yaml"));
  assert.deepEqual(await problemsOf([join(folder, "loop.yaml")]), [
    "loop.yaml: symbolic links that point at each other",
  ]);
  assert.deepEqual(await problemsOf(["/dev/null"]), ["/dev/null: this is not a regular file"]);
});

test("a file without read permission is refused with the reason", async (context) => {
  const { geteuid, seteuid } = process;
  const uid = geteuid?.();
  if (uid === undefined || seteuid === undefined) return context.skip("no users on this system");
  const path = write("secret.yaml", good);
  chmodSync(path, 0);
  chmodSync(folder, 0o755);
  try {
    // Root may read everything, so nobody tries.
    if (uid === 0) seteuid(65_534);
    assert.deepEqual(await problemsOf([path]), ["secret.yaml: no permission to read this file"]);
  } finally {
    seteuid(uid);
  }
});

test("YAML that is none is refused where it breaks", async () => {
  assert.deepEqual(await one("a.yaml", "a: [1\nb: 2\n"), [
    "a.yaml:2:1  not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
  ]);
  assert.deepEqual(await one("b.yaml", "\ta: 1\n"), [
    "b.yaml:1:1  not valid YAML: Tabs are not allowed as indentation",
  ]);
  assert.deepEqual(await one("c.yaml", "name: a\ntitle: b\nname: c\ntitle: d\n"), [
    'c.yaml:3:1  duplicate key "name"',
    'c.yaml:4:1  duplicate key "title"',
  ]);
  assert.deepEqual(await one("d.yaml", `${good}---\n${good}`), [
    "d.yaml:21:1  more than one YAML document in a file: use one file for each scenario",
  ]);
  assert.deepEqual(await one("e.yaml", "name: !!js/function 'x'\n"), [
    "e.yaml:1:7  not valid YAML: Unresolved tag: tag:yaml.org,2002:js/function",
  ]);
  const deep = await one("f.yaml", `a: ${"[".repeat(20_000)}`);
  assert.match(deep.join("\n"), /^f\.yaml:1:\d+ {2}nested too deeply$/);
});

test("aliases that unfold without end are refused, harmless ones are not", async () => {
  const bomb = [
    "a: &a [1]",
    ..."bcdefgh".split("").map((key, i) => `${key}: &${key} [${`*${"abcdefg"[i]},`.repeat(9)}]`),
  ];
  assert.deepEqual(await one("bomb.yaml", bomb.join("\n")), [
    "bomb.yaml: too many YAML aliases: they unfold to more than 100 copies",
  ]);
  const alias = good
    .replace("of: least-connections, below: round-robin", "of: &lc least-connections, below: round-robin")
    .replace("nginx/least-connections", "nginx/least-connections # *lc");
  assert.equal((await loadScenarios([write("alias.yaml", alias)])).length, 1);
  assert.deepEqual(await one("dangling.yaml", "name: *nobody\n"), [
    "dangling.yaml: a YAML alias without its anchor: Unresolved alias (the anchor must be set before the alias): nobody",
  ]);
});

test("a fault that a shortened run would never reach is refused, and the message says who shortened it", async () => {
  assert.deepEqual(await problemsOf([join(testdata, "good.yaml")], { durationMs: 2_000 }), [
    "good.yaml:15:11  faults[0].at: 2s is at the end of the measured window (duration 2s, set by --duration): the fault would never be seen",
  ]);
  const [longer] = await loadScenarios([join(testdata, "good.yaml")], { durationMs: 2_500 });
  assert.equal(longer!.scenario.traffic.duration, 2_500);
  assert.equal(longer!.durationChanged, true);
});

test("names on the command line are checked like those of a file", async () => {
  const overrides = { balancers: ["ngnix", "nginx", "nginx"], algorithms: ["rand0m"], durationMs: 0 };
  assert.deepEqual((await problemsOf([join(testdata, "good.yaml")], overrides)).slice(0, 4), [
    '--balancer: unknown balancer "ngnix"; did you mean "nginx"?',
    "--balancer: balancer nginx is in the list twice",
    '--algorithm: unknown algorithm "rand0m"; did you mean "random"?',
    "--duration: must be longer than 0",
  ]);
});

test("nobody can be judged who cannot play, and the file is refused with the reason", async () => {
  const file = (judged: string): string =>
    write(
      "judged.yaml",
      `name: judged\ntitle: x\nbackends: { count: 2, service: { type: constant, value: 5ms } }\ntraffic: { model: open, arrivals: { type: constant, rate: 10 } }\n${judged}\n`,
    );
  const contestants = "contestants: { balancers: [nginx, haproxy], algorithms: [round-robin, peak-ewma]";
  const said = async (judged: string): Promise<string> => (await problemsOf([file(judged)])).join();
  assert.match(
    await said(
      `${contestants} }\nclaims: [{ metric: latencyMs.p99, of: peak-ewma, below: round-robin, ratio: 0.9 }]`,
    ),
    /claims\[0\]\.of: nginx\/peak-ewma cannot be played: /,
  );
  for (const who of ["peak-ewma", "haproxy/peak-ewma"])
    assert.match(
      await said(`${contestants} }\nobjectives: [{ metric: errorRate, of: ${who}, atMost: 1% }]`),
      /objectives\[0\]\.of: (nginx|haproxy)\/peak-ewma cannot be played: /,
    );
  assert.match(await said(`${contestants}, control: nginx/peak-ewma }`), /control: nginx\/peak-ewma cannot/);
  assert.match(
    await said("contestants: { balancers: [nginx], algorithms: [peak-ewma] }"),
    /contestants\.algorithms: nothing can be played: nginx\/peak-ewma: /,
  );
  const all = contestants.replace("haproxy", "builtin");
  const claimed = file(`${all} }\nclaims: [{ metric: latencyMs.p99, of: peak-ewma, below: round-robin }]`);
  assert.equal((await loadScenarios([claimed]))[0]!.scenario.claims.length, 1);
  const [without] = await loadScenarios([claimed], { balancers: ["nginx"] });
  assert.deepEqual(without!.notes, [
    "the claim about peak-ewma and round-robin is left out: one of them is not played",
  ]);
});

test("a limit of a time needs its unit, and a misspelt algorithm is said once", async () => {
  const base =
    "name: judged\ntitle: x\nbackends: { count: 2, service: { type: constant, value: 5ms } }\ntraffic: { model: open, arrivals: { type: constant, rate: 10 } }\ncontestants: { balancers: [nginx], algorithms: [lest-connections, round-robin] }\nclaims: [{ metric: latencyMs.p99, of: least-connections, below: round-robin }]\n";
  assert.equal((await problemsOf([write("misspelt.yaml", base)])).length, 1);
  const unitless = base
    .replace("lest", "least")
    .concat("objectives: [{ metric: latencyMs.p99, atMost: 5 }]\n");
  assert.match(
    (await problemsOf([write("unitless.yaml", unitless)])).join(),
    /objectives\[0\]\.atMost: latencyMs\.p99 is a time: a number needs a unit; 5ms or 5s\?/,
  );
});

test("what the command line leaves out is not judged, and a note says so", async () => {
  const [loaded] = await loadScenarios([join(testdata, "good.yaml")], {
    balancers: ["builtin"],
    algorithms: ["random", "round-robin"],
  });
  const { scenario, notes } = loaded!;
  assert.deepEqual(scenario.contestants.algorithms, ["random", "round-robin"]);
  assert.deepEqual(
    [scenario.claims, scenario.objectives.length, scenario.contestants.control],
    [[], 1, undefined],
  );
  assert.deepEqual(notes, [
    "the claim about least-connections and round-robin is left out: one of them is not played",
    "the objective latencyMs.p99 of nginx/round-robin is left out: it is not played",
    "the control contestant nginx/least-connections is left out: it is not played",
  ]);
  const definition = write("again.yaml", JSON.stringify(loaded!.definition));
  assert.deepEqual((await loadScenarios([definition]))[0]!.scenario, scenario);
});

test("a suite unfolds into its scenarios; what is said of one wins over what is said of all", async () => {
  const loaded = await loadScenarios([join(testdata, "outer-suite.yaml")]);
  const facts = loaded.map(({ scenario, suite, path, given }) => [
    scenario.name,
    scenario.traffic.warmup,
    scenario.traffic.duration,
    scenario.backends.service !== undefined && "type" in scenario.backends.service
      ? scenario.backends.service.type
      : null,
    scenario.contestants.workers,
    suite,
    path,
    given,
  ]);
  const files = [join(testdata, "good.yaml"), join(testdata, "outer-suite.yaml")];
  assert.deepEqual(facts, [
    ["good", 1_000, 6_000, "constant", 2, "outer", ...files],
    ["stronger", 1_000, 8_000, "exponential", 2, "outer", ...files],
  ]);
});

test("two scenarios of one name cannot be told apart and are refused", async () => {
  assert.deepEqual(await problemsOf([join(testdata, "good.yaml"), join(testdata, "good.yaml")]), [
    'good.yaml: name: "good" is also the name of good.yaml; every scenario of a run needs its own',
  ]);
});

test("a configuration of the user's own is read from beside the scenario", async () => {
  write("my.conf", "events {}\n");
  const own = good.replace("[nginx, builtin]", "[nginx, { nginx: ./my.conf }]");
  const [loaded] = await loadScenarios([write("own.yaml", own)]);
  assert.deepEqual([...loaded!.ownConfigs], [[1, { path: join(folder, "my.conf"), text: "events {}\n" }]]);
  assert.deepEqual(await one("lost.yaml", own.replace("my.conf", "your.conf")), [
    "lost.yaml:11:31  contestants.balancers[1].nginx: ./your.conf: there is no such file",
  ]);
});

test("a recorded trace is read from beside the scenario, and mistakes in it are said with their line", async () => {
  write("log.csv", "at,path\n100.5,/\n100.75,/cart\n102.5,/\n");
  const traced = good.replace("{ type: constant, load: 50% }", "{ type: trace, file: log.csv, speed: 0.5 }");
  const [loaded] = await loadScenarios([write("traced.yaml", traced)]);
  const { traffic } = loaded!.scenario;
  assert.deepEqual(traffic.model === "open" && traffic.arrivals, {
    type: "trace",
    file: "./good.trace.csv",
    times: [100.5, 100.75, 102.5],
    speed: 0.5,
  });
  assert.deepEqual(loaded!.trace, {
    name: "good.trace.csv",
    text: "at,path\n100.5,/\n100.75,/cart\n102.5,/\n",
  });
  assert.deepEqual(loaded!.notes, []);
  // The definition names the copy that a run keeps beside it.
  write("good.trace.csv", loaded!.trace!.text);
  const again = await loadScenarios([write("again.yaml", JSON.stringify(loaded!.definition))]);
  assert.deepEqual(again[0]!.scenario, loaded!.scenario);

  const [fast] = await loadScenarios([write("fast.yaml", traced.replace("0.5", "1"))]);
  assert.deepEqual(fast!.notes, ["the trace of good ends after 2s, before the window does (4s)"]);
  write("bad.csv", "at\n1\n0.5\n");
  assert.deepEqual(await one("bad.yaml", traced.replace("log.csv", "bad.csv")), [
    "bad.csv:3:1  0.5 comes after 1 of line 2: the instants must not go back; sort the file by time",
  ]);
  assert.deepEqual(await one("lost.yaml", traced.replace("log.csv", "no.csv")), [
    "lost.yaml:8:34  traffic.arrivals.file: no.csv: there is no such file",
  ]);
});

test("a change of the rate that the window ends before is refused", async () => {
  const with_ = (arrivals: string) => good.replace("{ type: constant, load: 50% }", arrivals);
  const spike = "{ type: spike, base: { load: 0.3 }, peak: { load: 2 }, at: 4s, for: 1s }";
  assert.deepEqual(await one("spike.yaml", with_(spike)), [
    "spike.yaml:8:72  traffic.arrivals.at: begins at 4s, when the measured window is over (duration 4s): it would never be seen",
  ]);
  const steps = "{ type: steps, levels: [{ for: 5s, load: 0.3 }, { for: 1s, load: 1 }] }";
  assert.deepEqual(await one("steps.yaml", with_(steps)), [
    "steps.yaml:8:61  traffic.arrivals.levels[1]: begins at 5s, when the measured window is over (duration 4s): it would never be seen",
  ]);
});

test("a name of the library stands for its file", async () => {
  const [loaded] = await loadScenarios(["slow-backend"]);
  assert.equal(loaded!.scenario.name, "slow-backend");
  assert.deepEqual(await problemsOf(["slow-bakend"]), ["slow-bakend: there is no such file"]);
});

test("control characters of a file never reach the terminal", async () => {
  const lines = await one(
    "evil.yaml",
    good.replace("title: A good scenario", 'title: ok\n"\\e[31mred\\n": 1'),
  );
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^evil\.yaml:3:1 {2}\?\[31mred\?: unknown key/);
});
