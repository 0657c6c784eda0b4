import assert from "node:assert/strict";
import { test } from "node:test";
import { capacityOf } from "../../scenarios/capacity.ts";
import { mixOf } from "../../scenarios/requests.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import { MARK, sessionOf } from "../traffic/visitor.ts";
import { scenarioOf } from "./sketch.ts";
import { playAll } from "./testkit.ts";

const shop = (over: { traffic?: object; backends?: object; faults?: object[] } = {}) =>
  scenarioOf({
    ...over,
    backends: { count: 4, workers: 2, service: { type: "exponential", mean: "10ms" }, ...over.backends },
    traffic: {
      mix: "ordering",
      sessions: { think: "500ms", length: 12 },
      ...over.traffic,
    },
  });

function play(scenario: ReturnType<typeof shop>, algorithm = "round-robin") {
  const rows: Row[] = [];
  const run = playAll(scenario, algorithm, 1, (row) => rows.push({ ...row }));
  const marked = (bit: number): Row[] => rows.filter(({ mark }) => (mark & bit) !== 0);
  return { rows, run, marked };
}
const isOk = ({ outcome }: Row): boolean => OUTCOMES[outcome] === "ok";

test("with shared sessions nobody is lost, and every order that was confirmed was placed", () => {
  const { rows, run, marked } = play(shop());
  assert.ok(rows.length > 1_000);
  assert.ok(rows.every(isOk));
  assert.equal(marked(MARK.expired).length, 0);
  assert.ok(marked(MARK.order).length > 20);
  assert.equal(run.ordersPlaced(), marked(MARK.order).length);
  assert.ok(marked(MARK.end).length > 50);
});

test("with local sessions round robin loses visitors at the login, and a balancer that is sticky loses none", () => {
  const local = shop({ backends: { sessionBackend: "local" } });
  const lost = play(local);
  assert.ok(
    lost.marked(MARK.expired).length > 50,
    `${lost.marked(MARK.expired).length} were asked to log in again`,
  );
  for (const row of lost.marked(MARK.expired)) {
    assert.equal(row.status, 302);
    const later = lost.rows.filter(({ k }) => sessionOf(k) === sessionOf(row.k) && k > row.k);
    assert.deepEqual(later, [], "who is asked to log in again leaves");
  }
  const kept = play(local, "sticky-cookie");
  assert.equal(kept.marked(MARK.expired).length, 0);
  const hashed = play(local, "ip-hash");
  assert.equal(hashed.marked(MARK.expired).length, 0);
});

test("a crash takes the local sessions of its backend with it, shared ones survive", () => {
  const faults = [{ type: "crash", at: "4s", for: "500ms", backend: 1 }];
  const expired = (sessionBackend: string): number =>
    play(shop({ backends: { sessionBackend }, faults }), "sticky-cookie").marked(MARK.expired).length;
  assert.equal(expired("shared"), 0);
  assert.ok(expired("local") > 5);
});

test("an order whose confirmation is lost was placed all the same", () => {
  const slow = [{ type: "slow", at: "2s", for: "6s", backend: 1, factor: 20 }];
  const { run, marked, rows } = play(shop({ faults: slow, traffic: { timeout: "300ms" } }));
  assert.ok(rows.some((row) => !isOk(row)));
  const confirmed = marked(MARK.order).filter(isOk).length;
  assert.ok((run.ordersPlaced() ?? 0) > confirmed, `${run.ordersPlaced()} placed, ${confirmed} confirmed`);
});

test("request by request the shares are the weights, and clients have what their POSTs need", () => {
  const scenario = shop({ traffic: { mix: "amazon-like", sessions: "none", duration: "30s" } });
  const { rows, marked } = play(scenario);
  assert.ok(rows.every(isOk));
  // An order empties the basket of its client, who may order again before adding: a few are sent to the basket.
  assert.ok(
    marked(MARK.expired).length < 0.02 * rows.length,
    `${marked(MARK.expired).length} of ${rows.length}`,
  );
  const plan = mixOf(scenario);
  assert.ok(plan !== null);
  const total = plan.frequency.reduce((sum, weight) => sum + weight, 0);
  for (const [type, weight] of plan.frequency.entries()) {
    const p = weight / total;
    const share = rows.filter((row) => row.type === type).length / rows.length;
    assert.ok(Math.abs(share - p) < 4 * Math.sqrt((p * (1 - p)) / rows.length), `${type}: ${share}, ${p}`);
  }
});

test("a load is a share of the capacity: the work of the window divided by what the workers could do", () => {
  for (const traffic of [
    { mix: "shopping", sessions: { think: "300ms", length: 10 } },
    { mix: "amazon-like", sessions: "none" },
  ]) {
    const scenario = scenarioOf({
      backends: { count: 4, workers: 3 },
      traffic: { ...traffic, arrivals: { type: "poisson", load: 0.4 }, warmup: "3s", duration: "120s" },
    });
    const { rows } = play(scenario, "least-connections");
    const workMs = rows.reduce((sum, { serviceUs }) => sum + serviceUs / 1_000, 0);
    const load = workMs / (4 * 3 * 120_000);
    assert.ok(
      Math.abs(load - 0.4) < 0.03,
      `${traffic.mix}: ${load}; mean demand ${capacityOf(scenario).meanDemandMs}`,
    );
  }
});

test("users of a closed loop order and are told apart", () => {
  const { run, marked, rows } = play(shop({ traffic: { model: "closed", connections: 100 } }));
  assert.ok(marked(MARK.order).length > 20);
  assert.equal(run.ordersPlaced(), marked(MARK.order).length);
  assert.equal(new Set(rows.map(({ k }) => k)).size, rows.length);
});
