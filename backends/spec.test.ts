import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "./spec.ts";
import { PLAIN } from "./station/testing.ts";
import { SPEC } from "./testing.ts";

test("a backend with a station is what it was before it travelled in argv", () => {
  const { token: _, ...visible } = {
    ...SPEC,
    mode: "gthread" as const,
    keepAliveMs: 500,
    station: { ...PLAIN, cores: 2 },
  };
  assert.deepEqual(parseSpec(JSON.stringify(visible), SPEC.token), { ...visible, token: SPEC.token });
});

test("a station that makes no sense is refused in one line", () => {
  const wrong = { ...SPEC, station: { ...PLAIN, cores: 0 } };
  assert.throws(() => parseSpec(JSON.stringify(wrong), "x"), /^Error: bad backend: station\.cores: .*$/);
});
