import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarioOf } from "../simulation/sketch.ts";
import { connectionsNeeded, connectionsNote } from "./connections-needed.ts";

test("open traffic can need as many connections as requests are due within one timeout", () => {
  const scenario = scenarioOf({
    traffic: { arrivals: { type: "constant", load: undefined, rate: 100 }, timeout: "4s" },
  });
  // 400, five times its square root, and 64 spare.
  assert.equal(connectionsNeeded(scenario).wanted, 564);
  assert.equal(connectionsNote(scenario), null);
});

test("of a rate that changes, the highest one counts", () => {
  const scenario = scenarioOf({
    traffic: {
      arrivals: { type: "spike", base: { rate: 20 }, peak: { rate: 100 }, at: "1s", for: "1s" },
      timeout: "4s",
    },
  });
  assert.equal(connectionsNeeded(scenario).wanted, 564);
});

test("a closed loop needs one for each user", () => {
  const scenario = scenarioOf({ traffic: { model: "closed", connections: 50 } });
  assert.equal(connectionsNeeded(scenario).wanted, 114);
});

test("more than the machine allows is said before the run, with what follows from it", () => {
  const scenario = scenarioOf({
    traffic: { arrivals: { type: "poisson", load: undefined, rate: 15_000 }, timeout: "5s" },
  });
  const { wanted, given } = connectionsNeeded(scenario);
  assert.ok(wanted > 75_000 && given <= 28_000);
  const note = connectionsNote(scenario) ?? "";
  assert.ok(
    note.startsWith(
      `test can need ${wanted} connections (rate x timeout) and this machine allows ${given} (`,
    ),
    note,
  );
});
