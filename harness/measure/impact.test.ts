import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AlgorithmDefinition } from "../../balancers/algorithm.ts";
import { scenarioOf } from "../simulation/sketch.ts";
import { createKeyHomes } from "./key-homes.ts";
import { keysOf } from "./key-of.ts";
import { createLeaves } from "./leaves.ts";
import { lossOf } from "./losses.ts";
import { row } from "./test-rows.ts";
import { createTimeline } from "./timeline.ts";

describe("what became of a failed request", () => {
  const kind = (change: Parameters<typeof row>[0], taken = false) => lossOf(row(change), () => taken);

  it("is told by who answered, and by whether a backend ever had it", () => {
    assert.equal(kind({}), null);
    assert.equal(kind({ outcome: "httpError", status: 500, backend: 3 }), "wrongStatus");
    assert.equal(kind({ outcome: "httpError", status: 504, backend: 3 }), "wrongStatus");
    assert.equal(kind({ outcome: "httpError", status: 502, backend: 0 }), "connect");
    assert.equal(kind({ outcome: "httpError", status: 502, backend: 0 }, true), "midFlight");
    assert.equal(kind({ outcome: "httpError", status: 504, backend: 0 }, true), "timeout");
    assert.equal(kind({ outcome: "timeout" }, true), "timeout");
    assert.equal(kind({ outcome: "connectionError" }), "connect");
    assert.equal(kind({ outcome: "connectionError" }, true), "midFlight");
    assert.equal(kind({ outcome: "aborted" }, true), "midFlight");
    assert.equal(kind({ outcome: "dropped" }), "connect");
  });
});

describe("keys moved", () => {
  const timeline = createTimeline([{ at: 1_000, for: 1_000 }], 3_000);
  /** Answers as client, due, backend. */
  function moved(answers: readonly (readonly [client: number, due: number, backend: number])[]) {
    const homes = createKeyHomes(timeline, (client) => client, new Set([2]));
    for (const [client, due, backend] of answers) homes.visit(row({ client, backend, dueUs: due * 1_000 }));
    return homes.finish();
  }

  it("are those whose answers come from another backend, those that had to and those that had not", () => {
    const four = (backends: readonly number[], due: number) =>
      backends.map((backend, client) => [client, due, backend] as const);
    const result = moved([
      ...four([1, 2, 3, 3], 100),
      ...four([1, 3, 3, 1], 1_100),
      ...four([1, 2, 3, 1], 2_100),
    ]);
    assert.deepEqual(result, { keys: 4, during: 0.5, needless: 1 / 3, after: 0.25 });
  });

  it("do not count an answer that a retry brought from elsewhere", () => {
    const result = moved([
      [0, 100, 1],
      [0, 1_100, 1],
      [0, 1_200, 3],
      [0, 1_300, 1],
    ]);
    assert.deepEqual(result, { keys: 1, during: 0, needless: 0, after: null });
  });

  it("go by the scenario's key, the path or the client, and by none where the algorithm goes by none", () => {
    const scenario = scenarioOf({
      contestants: { hashKey: "header:X-User" },
      traffic: {
        requests: [
          { name: "cart", path: "/cart/{client}", headers: { "X-User": "u{client}" } },
          { name: "home", path: "/", headers: {} },
        ],
      },
    });
    const keys = (name: string, family: AlgorithmDefinition["family"], cookie?: string) => {
      const of = keysOf(scenario, { name, family, ...(cookie === undefined ? {} : { cookie }) });
      return of && [of(1, 0), of(2, 0), of(1, 1), of(1, 0)];
    };
    assert.deepEqual(keys("consistent-hash", "by-key"), [0, 1, null, 0]);
    assert.deepEqual(keys("path-hash", "by-key"), [0, 1, 2, 0]);
    assert.deepEqual(keys("ip-hash", "by-key"), [1, 2, 1, 1]);
    assert.deepEqual(keys("sticky-cookie", "static", "SRV"), [1, 2, 1, 1]);
    assert.equal(keys("round-robin", "static"), null);
  });
});

describe("a backend that leaves in an orderly way", () => {
  it("should fail none of the requests that are under way", () => {
    const leaves = createLeaves([
      { change: "add", backend: 1, at: 500 },
      { change: "remove", backend: 2, at: 1_000 },
    ]);
    leaves.visit(row({ dueUs: 900_000, endedUs: 999_000, outcome: "timeout" }));
    leaves.visit(row({ dueUs: 990_000, endedUs: 1_020_000 }));
    leaves.visit(row({ dueUs: 995_000, endedUs: 1_010_000, outcome: "connectionError" }));
    leaves.visit(row({ dueUs: 1_000_000, endedUs: 1_010_000, outcome: "connectionError" }));
    assert.deepEqual(leaves.finish(), [{ backend: 2, at: 1_000, underWay: 2, drainErrors: 1 }]);
  });
});
