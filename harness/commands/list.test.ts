import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { faults } from "../../backends/faults/registry.ts";
import { algorithms } from "../../balancers/algorithms/registry.ts";
import { listCommand, TOPICS } from "./list.ts";
import { validateCommand } from "./validate.ts";

function sink(): Writable & { text: string; columns?: number } {
  const stream = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        stream.text += String(chunk);
        done();
      },
    }),
    { text: "" },
  );
  return stream;
}

const io = () => ({ stdout: sink(), stderr: sink() });

test("list names everything of a topic, within the width of the terminal", async () => {
  const out = io();
  out.stdout.columns = 80;
  assert.equal(await listCommand("algorithms", {}, out), 0);
  for (const { name } of algorithms) assert.ok(out.stdout.text.includes(name), name);
  assert.ok(out.stdout.text.split("\n").every((line) => line.length <= 110));
  assert.equal(out.stderr.text, "");
});

test("list without a topic shows all of them, and --json is data", async () => {
  const shown = io();
  await listCommand(undefined, {}, shown);
  for (const topic of TOPICS) assert.ok(shown.stdout.text.includes(topic));
  const data = io();
  await listCommand(undefined, { json: true }, data);
  assert.deepEqual(Object.keys(JSON.parse(data.stdout.text)), [...TOPICS]);
  const one = io();
  await listCommand("faults", { json: true }, one);
  assert.deepEqual(
    JSON.parse(one.stdout.text).map((fault: { name: string }) => fault.name),
    faults.map(({ name }) => name),
  );
});

test("an unknown topic is a mistake of the user, with the nearest name", async () => {
  await assert.rejects(listCommand("algoritms", {}, io()), {
    name: "UsageError",
    message: 'unknown topic "algoritms"; did you mean "algorithms"?',
  });
});

test("validate has a line for every good file and every problem of the others, and exits with 64", async () => {
  const testdata = fileURLToPath(new URL("../../scenarios/testdata/", import.meta.url));
  const good = io();
  assert.equal(await validateCommand([`${testdata}good.yaml`, `${testdata}suite.yaml`], {}, good), 0);
  assert.equal(
    good.stdout.text,
    `${testdata}good.yaml: good (good)\n${testdata}suite.yaml: good (suite of good, stronger)\n`,
  );
  const bad = io();
  const files = [`${testdata}wrong-suite.yaml`, `${testdata}good.yaml`, `${testdata}none.yaml`];
  assert.equal(await validateCommand(files, {}, bad), 64);
  assert.equal(bad.stdout.text, `${testdata}good.yaml: good (good)\n`);
  assert.equal(bad.stderr.text.trimEnd().split("\n").length, 5);
});
