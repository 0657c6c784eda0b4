import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type Selftest, selftestSchema } from "./proof/outcome.ts";
import { createSandbox, type Finished, until } from "./test-cli.ts";

const parse = ({ stdout }: Finished): Selftest => selftestSchema.parse(JSON.parse(stdout));

describe("selftest", () => {
  const sandbox = createSandbox();
  after(() => sandbox.remove());

  const assertNothingLeft = (): void => {
    assert.deepEqual(sandbox.processes(), []);
    assert.deepEqual(sandbox.workFolders(), []);
  };

  it("prints a table of cases in virtual time, ends with 0 when all hold, and the same as JSON", async () => {
    const args = ["selftest", "--engine", "simulation", "--quick", "--only", "md1"];
    const table = await sandbox.run(args);
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /case .* theory .* measured .* error .* bound .* verdict/);
    assert.match(table.stdout, /M\/D\/1: random over 8, constant service, load 0.8: mean .* 3\.000 .* holds/);
    assert.match(table.stdout, /^holds: \d+ cases hold, 0 fail, 0 could not be judged, 0 n\/a/m);
    const json = await sandbox.run([...args, "--json"]);
    assert.equal(json.code, 0, json.stderr);
    const { verdict, cases } = parse(json);
    assert.equal(verdict, "holds");
    assert.deepEqual(
      cases.map(({ id }) => id),
      ["md1-0.5/mean", "md1-0.5/little", "md1-0.8/mean", "md1-0.8/little"].map(
        (name) => `simulation/${name}`,
      ),
    );
    for (const { note, standardError, id } of cases) {
      assert.ok(note !== null);
      assert.equal(standardError === null, id.endsWith("little"));
    }
  });

  // On a busy machine cases are not judged; none may fail.
  for (const [part, fewest] of [
    ["live/queue/builtin", 6],
    ["live/stall", 3],
    ["live/timetable", 11],
    ["live/recorder", 20],
  ] as const) {
    it(`plays ${part} on this machine, and leaves nothing behind`, async () => {
      const finished = await sandbox.run([
        "selftest",
        "--engine",
        "live",
        "--quick",
        "--only",
        part,
        "--json",
      ]);
      const { verdict, cases } = parse(finished);
      for (const each of cases) assert.notEqual(each.verdict, "fails", JSON.stringify(each));
      assert.ok(cases.length >= fewest, `${cases.length} cases`);
      assert.equal(finished.code, verdict === "holds" ? 0 : 4, finished.stderr);
      assertNothingLeft();
    });
  }

  it("ends in order when it is interrupted", async () => {
    const started = sandbox.start([
      "selftest",
      "--engine",
      "live",
      "--quick",
      "--only",
      "live/queue",
      "--json",
    ]);
    await until("a trial plays", () => started.stderr().includes("queue-0-5/"));
    started.child.kill("SIGINT");
    const finished = await started.finished;
    assert.equal(finished.code, 130, finished.stderr);
    assert.equal(parse(finished).verdict, "interrupted");
    assertNothingLeft();
  });

  it("refuses what it does not know with 64", async () => {
    for (const [args, message] of [
      [["--engine", "both"], /Allowed choices are simulation, live/],
      [["--only", "nothing-of-the-kind"], /--only nothing-of-the-kind: no part has that in its name/],
      [["--speed"], /unknown option '--speed'/],
      [["steady"], /too many arguments/],
    ] as const) {
      const { code, stderr, stdout } = await sandbox.run(["selftest", ...args]);
      assert.equal(code, 64, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, "");
    }
  });
});
