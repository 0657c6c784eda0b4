import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { stringify } from "yaml";
import { loadScenarios } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "evenkeel-own-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "algorithms"));

function write(path: string, text: string): string {
  writeFileSync(join(folder, path), text);
  return join(folder, path);
}
const code = (name: string): string =>
  `export const algorithm = { name: "${name}", family: "static", weighted: false, create: () => ({ pick: (_, { eligible }) => eligible[0] }) };`;
const mine = write("algorithms/mine.mjs", code("mine"));
const other = write("algorithms/other.mjs", code("other"));

function scenario(name: string, algorithms: readonly string[], rest: unknown = {}): string {
  const file = {
    name,
    title: "One of my own",
    backends: { count: 2, service: { type: "constant", value: "1ms" } },
    traffic: { model: "open", arrivals: { type: "constant", rate: 10 } },
    contestants: { balancers: ["builtin"], algorithms },
    ...(rest as object),
  };
  return write(`${name}.yaml`, stringify(file));
}
const messageOf = (loading: Promise<unknown>): Promise<string> =>
  loading.then(
    () => assert.fail("expected a ScenarioError"),
    (error: Error) => error.message.replaceAll(`${folder}/`, ""),
  );

test("a file is relative to its scenario, goes by the name that it gives itself, and stays in the scenario as played", async () => {
  const path = scenario("two", ["./algorithms/mine.mjs", "random"], {
    claims: [{ metric: "latencyMs.p50", of: "mine", below: "random" }],
  });
  const [loaded] = await loadScenarios([path]);
  assert.deepEqual(loaded?.scenario.contestants.algorithms, ["mine", "random"]);
  assert.deepEqual(
    [...loaded.ownAlgorithms].map(([name, own]) => [name, own.path]),
    [["mine", mine]],
  );
  const played = loaded.definition as { readonly contestants: { readonly algorithms: unknown } };
  assert.deepEqual(played.contestants.algorithms, [mine, "random"]);
});

test("the command line takes files, names of ours, and names that the scenario's own files have", async () => {
  const path = scenario("three", ["./algorithms/mine.mjs", "random"]);
  const named = await loadScenarios([path], { algorithms: ["mine", other] });
  assert.deepEqual(named[0]?.scenario.contestants.algorithms, ["mine", "other"]);
  assert.deepEqual([...named[0].ownAlgorithms.keys()], ["mine", "other"]);
  const without = await loadScenarios([path], { algorithms: ["random"] });
  assert.equal(without[0]?.ownAlgorithms.size, 0);
});

test("what is wrong with a file is said where it was named", async () => {
  write("algorithms/empty.mjs", "");
  const path = scenario("four", ["./algorithms/empty.mjs", "random", "./none.ts"]);
  assert.equal(
    await messageOf(loadScenarios([path])),
    [
      "four.yaml:17:7  contestants.algorithms[0]: ./algorithms/empty.mjs: exports no `algorithm`: expected `export const algorithm = { name, ..., create }`",
      "four.yaml:19:7  contestants.algorithms[2]: ./none.ts: there is no such file",
    ].join("\n"),
  );
  assert.equal(
    await messageOf(loadScenarios([scenario("five", ["random"])], { algorithms: [join(folder, "none.js")] })),
    "--algorithm: none.js: there is no such file",
  );
});

test("a name that another scenario's file gives, and one that two files give, are refused", async () => {
  const [six, seven] = [scenario("six", [mine]), scenario("seven", ["random"])];
  assert.equal(
    await messageOf(loadScenarios([six, seven], { algorithms: ["mine"] })),
    "--algorithm: seven has no mine",
  );
  assert.match(await messageOf(loadScenarios([seven], { algorithms: ["mine"] })), /unknown algorithm "mine"/);
  const twin = write("algorithms/twin.mjs", code("mine"));
  assert.match(
    await messageOf(loadScenarios([scenario("eight", [mine, twin])])),
    /contestants\.algorithms\[1\]: algorithm mine is in the list twice/,
  );
});
