import assert from "node:assert/strict";
import { test } from "node:test";
import { MARK, STEPS } from "../traffic/visitor.ts";
import { bucketOf } from "./buckets.ts";
import { createByType } from "./by-type.ts";
import { createShopMeter } from "./shop-meter.ts";
import { row } from "./test-rows.ts";

const step = (session: number, number: number): number => session * STEPS + number;

test("every session of the window is counted once, as what became of it", () => {
  const meter = createShopMeter(true);
  const rows = [
    row({ k: step(3, 0) }),
    row({ k: step(3, 1), mark: MARK.end | MARK.order }),
    row({ k: step(4, 7), status: 302, mark: MARK.expired }),
    row({ k: step(6, 0) }),
    row({ k: step(6, 1), outcome: "timeout" }),
    row({ k: step(7, 0), mark: MARK.order }),
  ];
  for (const each of rows) meter.visit(each);
  assert.deepEqual(meter.finish(3), {
    sessions: { seen: 4, completed: 1, expired: 1, failed: 1, unfinished: 1 },
    expired: 1,
    ordersConfirmed: 2,
    ordersPlaced: 3,
  });
});

test("an order whose confirmation came too late is not confirmed, and without sessions none are counted", () => {
  const meter = createShopMeter(false);
  meter.visit(row({ k: 1, outcome: "timeout", mark: MARK.order }));
  meter.visit(row({ k: 2, mark: MARK.order }));
  assert.deepEqual(meter.finish(null), {
    sessions: null,
    expired: 0,
    ordersConfirmed: 1,
    ordersPlaced: null,
  });
});

test("latency by type is the latency of the requests of that type, failures slowest", () => {
  assert.equal(createByType(["home"]), null, "one type is the trial itself");
  const types = createByType(["home", "login"]);
  assert.ok(types !== null);
  for (let at = 0; at < 40; at++) {
    const home = row({ k: at, endedUs: 2_000 });
    const login = row({ k: 100 + at, type: 1, endedUs: 400_000, outcome: at < 30 ? "ok" : "timeout" });
    for (const each of [home, login]) {
      const latencyUs = each.endedUs - each.dueUs;
      types.visit(each, latencyUs, bucketOf(latencyUs));
    }
  }
  const [home, login] = types.finish();
  assert.deepEqual([home?.name, home?.scheduled, home?.ok, home?.latencyMs.p50], ["home", 40, 40, 2]);
  assert.deepEqual([login?.scheduled, login?.ok, login?.latencyMs.mean], [40, 30, 400]);
  assert.equal(login?.latencyMs.max, 400);
});
