import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parseRows } from "./live/load/testbed.ts";
import { OUTCOMES } from "./rows.ts";
import { createSandbox } from "./test-cli.ts";

const NAMES = ["nginx", "haproxy", "builtin"];

describe("faults through real balancers", () => {
  const sandbox = createSandbox();
  after(sandbox.remove);

  const play = async (name: string, backends: string, faults: string): Promise<void> => {
    sandbox.write(
      `${name}.yaml`,
      `name: ${name}
title: Faults
backends: { ${backends}, service: { type: constant, value: 2ms } }
traffic: { model: open, arrivals: { type: constant, rate: 200 }, warmup: 100ms, duration: 2500ms, timeout: 2s, requests: [{ name: list, method: GET, path: /catalogue/ }] }
contestants: { balancers: [${NAMES.join(", ")}] }
faults: ${faults}
`,
    );
    const { code, stderr } = await sandbox.run(["run", `${name}.yaml`]);
    assert.equal(code, 0, stderr);
  };

  it("counts what each class of fault does, and every count adds up", async () => {
    const faults = [
      "backend: 1, type: malformed",
      "backend: 2, type: malformed, kind: huge-header",
      "backend: 3, type: truncate",
      "backend: 4, type: reset, stage: body",
      "backend: 5, type: refuse",
      "backend: 6, type: unreachable",
      "backend: 7, type: reset, stage: accept",
      "backend: 8, type: abort, status: { 500: 1, 503: 1 }",
    ].map((fault) => `{ at: 300ms, for: 600ms, ${fault} }`);
    await play("classes", "count: 8, workers: 4", `[${faults.join(", ")}]`);
    for (const { id, verdict, counts, faults: records, rows } of sandbox.record().trials) {
      assert.notEqual(verdict.status, "invalid", `${id}: ${verdict.reasons.join("; ")}`);
      const all = parseRows(readFileSync(join(sandbox.cwd, "results/latest", rows)));
      const statuses = new Set(all.map(({ status }) => status));
      // What is no answer at all is the balancer's 502, an answer that breaks off is a lost connection, a status is passed on.
      for (const status of [200, 500, 502, 503])
        assert.ok(statuses.has(status), `${id} never answers ${status}`);
      assert.ok(counts.connectionError > 0, `${id} breaks no answer off`);
      const allowed = ["ok", "httpError", "connectionError"];
      assert.deepEqual(
        all.filter(({ outcome }) => !allowed.includes(OUTCOMES[outcome] ?? "")).map(({ k }) => k),
        [],
        id,
      );
      for (const { type, injectedAt, liftedAt } of records)
        assert.ok(injectedAt !== null && liftedAt !== null, `${id}: ${type}`);
    }
  });

  it("restarts one backend after the other, each gracefully, and loses next to nothing while one is left", async () => {
    await play(
      "rolling",
      "count: 3, workers: 4",
      "[{ at: 300ms, for: 200ms, backend: [2, 1], stagger: 500ms, type: restart }]",
    );
    for (const { id, verdict, counts, faults } of sandbox.record().trials) {
      assert.notEqual(verdict.status, "invalid", `${id}: ${verdict.reasons.join("; ")}`);
      assert.deepEqual(
        faults.map(({ backend, at, entry }) => [backend, at, entry]),
        [
          [2, 300, 0],
          [1, 800, 0],
        ],
      );
      assert.ok(counts.ok >= counts.scheduled * 0.98, `${id}: ${counts.ok} of ${counts.scheduled}`);
    }
  });
});
