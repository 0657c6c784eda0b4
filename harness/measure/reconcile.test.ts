import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEDGER, LEDGER_ENTRY_BYTES } from "../../backends/protocol.ts";
import type { Row } from "../rows.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createReconciler } from "./reconcile.ts";
import { row } from "./test-rows.ts";

type Event = keyof typeof LEDGER;

function ledgerOf(events: readonly (readonly [event: Event, k: number])[]): Ledger {
  const ledger = createLedger();
  for (const [event, k] of events) {
    const entry = Buffer.alloc(LEDGER_ENTRY_BYTES);
    entry.writeUInt8(LEDGER[event], 0);
    entry.writeUInt32LE(k, 4);
    ledger.add(entry);
  }
  return ledger;
}

function reconcile(rows: readonly Row[], ...ledgers: readonly Ledger[]) {
  const reconciler = createReconciler(ledgers.map((ledger, index) => ({ id: index + 1, ledger })));
  for (const each of rows) reconciler.visit(each);
  return reconciler.finish();
}

const served = (k: number): readonly (readonly [Event, number])[] => [
  ["attempt", k],
  ["completed", k],
];

describe("reconciling rows with ledgers", () => {
  it("finds nothing wrong when every answer was completed where it came from", () => {
    const rows = [row({ k: 0 }), row({ k: 1, backend: 2 }), row({ k: 2, backend: 2, outcome: "httpError" })];
    const { reasons, backends } = reconcile(
      rows,
      ledgerOf(served(0)),
      ledgerOf([...served(1), ...served(2)]),
    );
    assert.deepEqual(reasons, []);
    assert.deepEqual(backends[1], {
      id: 2,
      ok: 1,
      httpError: 1,
      givenUpByClient: 0,
      givenUpByBalancer: 0,
      unended: 0,
    });
  });

  it("finds answers that the balancer made up itself, but lets it fail by itself", () => {
    const rows = [row({ k: 0, backend: 0 }), row({ k: 1, backend: 0, outcome: "httpError" })];
    assert.deepEqual(reconcile(rows, ledgerOf([])).reasons, [
      "1 answers below 400 came from no backend: the balancer answered by itself",
    ]);
  });

  it("finds an ok response that its backend never completed", () => {
    const { reasons } = reconcile([row({ k: 7 })], ledgerOf([["attempt", 7]]));
    assert.deepEqual(reasons, [
      "1 ok responses of backend 1 are not among those it completed (first: request 7)",
    ]);
  });

  it("finds two errors that cancel out in the sums", () => {
    const { reasons } = reconcile([row({ k: 0 }), row({ k: 1 })], ledgerOf([...served(0), ...served(2)]));
    assert.equal(reasons.length, 2);
    assert.match(
      reasons.join("\n"),
      /first: request 1[\s\S]*completed 2 requests, of which the rows explain 1/,
    );
  });

  it("explains completions that the client gave up, or that the balancer did before it tried elsewhere", () => {
    const rows = [
      row({ k: 0, outcome: "timeout" }),
      row({ k: 1, backend: 2 }),
      row({ k: 2, outcome: "httpError", backend: 0, status: 504 }),
      row({ k: 3, outcome: "aborted" }),
    ];
    const one = ledgerOf([...served(0), ...served(1), ...served(2), ...served(3)]);
    const { reasons, backends } = reconcile(rows, one, ledgerOf(served(1)));
    assert.deepEqual(reasons, []);
    assert.deepEqual(backends[0], {
      id: 1,
      ok: 0,
      httpError: 0,
      givenUpByClient: 2,
      givenUpByBalancer: 2,
      unended: 0,
    });
  });

  it("counts what a SIGKILL cut off as attempts without an end", () => {
    const rows = [
      row({ k: 0 }),
      row({ k: 1, outcome: "connectionError" }),
      row({ k: 2, outcome: "timeout" }),
    ];
    const ledger = ledgerOf([...served(0), ["attempt", 1], ["attempt", 2], ["abandoned", 2]]);
    const { reasons, backends } = reconcile(rows, ledger);
    assert.deepEqual(reasons, []);
    assert.equal(backends[0]?.unended, 1);
  });

  it("finds more ends than attempts, numbers that repeat, backends that are not there and work that was never sent", () => {
    assert.match(
      reconcile([row()], ledgerOf([...served(0), ["abandoned", 0]])).reasons.join(),
      /ended 1 more requests/,
    );
    assert.match(reconcile([row(), row()], ledgerOf(served(0))).reasons.join(), /1 rows repeat the number/);
    assert.match(reconcile([row({ backend: 9 })], ledgerOf([])).reasons.join(), /1 answers name a backend/);
    const dropped = row({ outcome: "dropped" });
    assert.match(
      reconcile([dropped], ledgerOf(served(0))).reasons.join(),
      /completed 1 requests that were never sent/,
    );
  });
});
