import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseTrace } from "./trace-file.ts";

test("the first column of a text or CSV is read; heading, comments and empty lines are skipped", () => {
  for (const text of [
    "0\n0.5\n2\n",
    "time,path\r\n0,/\r\n0.5,/cart\r\n2,/\r\n",
    '\uFEFF# from the log\n\n"at";"path"\n"0";/\n"0.5";/\n  2\t/a b\n',
    "0 GET\n5e-1 GET\n+2. GET",
  ])
    assert.deepEqual(parseTrace(text), { times: [0, 0.5, 2] }, JSON.stringify(text));
});

test("whatever instants are written come back as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: 0, max: 2e9 }), { minLength: 1 }), (values) => {
      const times = values.sort((a, b) => a - b).map(Math.abs);
      assert.deepEqual(parseTrace(times.map(String).join("\n")), { times });
    }),
  );
});

test("a bad line is named with what was expected", () => {
  const wrong = (text: string) => parseTrace(text);
  assert.deepEqual(wrong("time\n0\n\n12:30:00,/\n"), {
    line: 4,
    problem: 'expected an instant in seconds such as 12.5, got "12:30:00"',
  });
  assert.deepEqual(wrong("time\nat\n"), {
    line: 2,
    problem: 'expected an instant in seconds such as 12.5, got "at"',
  });
  assert.deepEqual(wrong("# x\n3\n\n2.5\n"), {
    line: 4,
    problem: "2.5 comes after 3 of line 2: the instants must not go back; sort the file by time",
  });
  const nothing = "no instant in it: expected a line per request, its instant in seconds first";
  for (const text of ["", "time\n", "# a\n\n"])
    assert.deepEqual(wrong(text), { line: null, problem: nothing });
});
