import assert from "node:assert/strict";
import { test } from "node:test";
import { capacityOf, plannedRates } from "./capacity.ts";
import { validate } from "./validate.ts";

const file = (traffic: object, backends: object = {}) => ({
  name: "shop",
  title: "Shop",
  backends: { count: 3, ...backends },
  traffic: { model: "open", arrivals: { type: "poisson", load: 0.5 }, ...traffic },
  contestants: { balancers: ["builtin"] },
});
const check = (traffic: object, backends: object = {}) =>
  validate(file(traffic, backends), { algorithms: ["round-robin"] });
const closed = { model: "closed", connections: 10, arrivals: undefined };

/** What is wrong, as `path: message`. */
const wrong = (traffic: object, backends: object = {}): readonly string[] =>
  check(traffic, backends).findings.map(({ path, message }) => `${path.join(".")}: ${message}`);

test("what a mix says itself cannot be said beside it", () => {
  assert.match(
    wrong({ mix: "shopping", requests: [{ name: "home" }] }).join(),
    /^traffic.requests: mix shopping has requests of its own/,
  );
  const { arrivals, ...users } = closed;
  assert.equal(arrivals, undefined);
  const both = validate(
    { ...file({}), traffic: { ...users, mix: "boutique", think: "1s" } },
    { algorithms: ["round-robin"] },
  );
  assert.match(both.findings.map(({ message }) => message).join(), /sessions.think/);
  assert.match(wrong({ sessions: { length: 3 } }).join(), /^traffic.sessions: sessions are of a mix/);
});

test("each mistake of a mix has one clear message", () => {
  assert.deepEqual(wrong({ mix: "shoping" }), [
    'traffic.mix: unknown mix "shoping"; did you mean "shopping"?',
  ]);
  assert.match(wrong({ mix: "shopping", sessions: { lenght: 3 } }).join(), /did you mean "length"/);
  assert.match(
    wrong({ mix: "shopping", warmup: "100ms" }).join(),
    /^traffic.warmup: 100ms is too short for a mix/,
  );
  assert.match(
    wrong({ mix: "shopping", sessions: "none", clients: 16_000, warmup: "2s" }).join(),
    /^traffic.warmup: 16000 clients .* takes 32s/,
  );
  assert.match(
    wrong({ mix: "shopping", sessions: { length: 1 }, duration: "200h" }, { count: 90_000 }).join(),
    /^traffic.duration: about [0-9,]+ sessions/,
  );
  const none = validate(
    { ...file({}), traffic: { model: "closed", connections: 10, mix: "boutique", sessions: "none" } },
    { algorithms: ["round-robin"] },
  );
  assert.match(none.findings.map(({ message }) => message).join(), /users of a closed loop are in sessions/);
  assert.match(wrong({ mix: "shopping" }, { django: "5.1" }).join(), /django/);
});

test("a load is of requests, and arrivals are sessions", () => {
  const { scenario } = check({ mix: "amazon-like" }, { workers: 2 });
  assert.ok(scenario !== null);
  const { perSecond, arrivalsPerSecond } = capacityOf(scenario);
  // Eight pages of about one and a quarter requests each.
  assert.ok(perSecond / arrivalsPerSecond > 8 && perSecond / arrivalsPerSecond < 12);
  const rates = plannedRates(scenario);
  assert.ok(Math.abs((rates?.mean ?? 0) - 0.5 * perSecond) < 1e-9);
  const single = check({ mix: "amazon-like", sessions: "none" }, { workers: 2 }).scenario;
  assert.ok(single !== null);
  assert.equal(capacityOf(single).arrivalsPerSecond, capacityOf(single).perSecond);
});

test("the mean demand of a mix is that of its views, and a hash gets dearer with the version", () => {
  const meanOf = (django: string): number => {
    const { scenario } = check({ mix: "amazon-like", sessions: "none" }, { django });
    assert.ok(scenario !== null);
    return capacityOf(scenario).meanDemandMs;
  };
  // 1.5 % logins at 0.38 us for each of 740,000 iterations more, lognormal of sigma 0.17.
  const more = 0.015 * 740_000 * 0.38e-3 * Math.exp(0.17 ** 2 / 2);
  assert.ok(Math.abs(meanOf("5.2") - meanOf("3.2") - more) < 1e-9);
  const { scenario } = check({ requests: [{ name: "detail", path: "/catalogue/lamp_7/" }] });
  assert.ok(scenario !== null);
  const detail = 0.3 + 1.5 * Math.exp(0.27 ** 2 / 2) + 2 * Math.exp(0.4 ** 2 / 2);
  assert.ok(
    Math.abs(capacityOf(scenario).meanDemandMs - detail) < 1e-9,
    "without a service time, the view's",
  );
});
