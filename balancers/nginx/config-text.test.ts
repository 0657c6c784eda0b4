import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigSyntaxError, type Directive, parseConfig, printConfig } from "./config-text.ts";

const word = fc.oneof(
  fc.stringMatching(/^[a-z_$./:*0-9-]{1,12}$/),
  fc.stringMatching(/^[a-z0-9 ;{}#']{0,12}$/).map((text) => `"${text}"`),
);
const tree: fc.Arbitrary<Directive> = fc.letrec<{ directive: Directive }>((tie) => ({
  directive: fc.record({
    name: fc.stringMatching(/^[a-z_]{1,10}$/),
    args: fc.array(word, { maxLength: 3 }),
    block: fc.option(fc.array(tie("directive"), { maxLength: 3 }), { depthSize: "small", maxDepth: 4 }),
    line: fc.constant(0),
  }),
})).directive;

function withoutLines(directives: readonly Directive[]): unknown {
  return directives.map(({ name, args, block }) => ({
    name,
    args,
    block: block === null ? null : withoutLines(block),
  }));
}

test("what is printed is read back the same", () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 4 }), (directives) => {
      assert.deepEqual(withoutLines(parseConfig(printConfig(directives))), withoutLines(directives));
    }),
  );
});

test("comments, quotes, escapes and variables in braces are words or nothing", () => {
  const [first, second] = parseConfig(
    `# a { comment;\nset $x "a;b {c}"; # more\nlog_format f '$a' '\${b}x' a\\;b;`,
  );
  assert.deepEqual(first?.args, ["$x", '"a;b {c}"']);
  assert.deepEqual(second?.args, ["f", "'$a'", "'$" + "{b}x'", "a\\;b"]);
  assert.deepEqual([first?.line, second?.line], [2, 3]);
});

for (const [text, line, message] of [
  ["a {\n b c;\n", 1, /never closed/],
  ["a;\n}", 2, /unexpected "}"/],
  ["a\n b", 1, /"a" is not ended/],
  ["a {\n b\n}", 2, /"b" is not ended/],
  [";", 1, /unexpected ";"/],
  ['a "b', 1, /cannot read/],
] as const) {
  test(`${JSON.stringify(text)} is refused at line ${line}`, () => {
    assert.throws(
      () => parseConfig(text),
      (error: ConfigSyntaxError) =>
        error instanceof ConfigSyntaxError && error.line === line && message.test(error.message),
    );
  });
}

test("any text is either read or refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."a \n;{}\"'#\\$") }), (text) => {
      try {
        parseConfig(text);
      } catch (error) {
        assert.ok(error instanceof ConfigSyntaxError);
      }
    }),
  );
});
