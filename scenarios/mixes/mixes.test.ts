import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { VIEWS, viewOf } from "../../backends/django/profile.ts";
import { ALL_ASSETS, createChain, expectedVisits, pageOf } from "./chain.ts";
import { planMix } from "./plan.ts";
import { findMix, type MIX_NAMES, mixes } from "./registry.ts";

/** Long-run shares of the pages in percent, by passing a distribution through the chain until it no longer changes. */
function stationary(name: (typeof MIX_NAMES)[number]): ReadonlyMap<string, number> {
  const { first, next, mix } = createChain(findMix(name));
  let now = [...first];
  for (let step = 0; step < 2_000; step++) {
    const moved = mix.pages.map((_, to) =>
      now.reduce((sum, p, from) => sum + p * (next[from]?.[to] ?? 0), 0),
    );
    // Half a step, so that a chain with a period settles too.
    now = now.map((p, page) => (p + (moved[page] as number)) / 2);
  }
  return new Map(mix.pages.map((page, at) => [page.name, 100 * (now[at] as number)]));
}

const close = (actual: number | undefined, expected: number, what: string, within = 1e-6): void =>
  assert.ok(
    Math.abs((actual ?? Number.NaN) - expected) <= within,
    `${what}: ${actual}, expected ${expected}`,
  );

/** Our notes on TPC-W, clause 5.2; the three columns add up to 95/5, 80/20 and 50/50. */
const TPC_W: readonly (readonly [name: string, browsing: number, shopping: number, ordering: number])[] = [
  ["home", 29, 16, 9.12],
  ["new-products", 11, 5, 0.46],
  ["best-sellers", 11, 5, 0.46],
  ["product-detail", 21, 17, 12.35],
  ["search-request", 12, 20, 14.53],
  ["search-results", 11, 17, 13.08],
  ["shopping-cart", 2, 11.6, 13.53],
  ["customer-registration", 0.82, 3, 12.86],
  ["buy-request", 0.75, 2.6, 12.73],
  ["buy-confirm", 0.69, 1.2, 10.18],
  ["order-inquiry", 0.3, 0.75, 0.25],
  ["order-display", 0.25, 0.66, 0.22],
  ["admin-request", 0.1, 0.1, 0.12],
  ["admin-confirm", 0.09, 0.09, 0.11],
];

for (const [at, name] of (["browsing", "shopping", "ordering"] as const).entries()) {
  test(`the stationary distribution of ${name} is the table of TPC-W`, () => {
    const found = stationary(name);
    assert.equal(found.size, TPC_W.length);
    for (const row of TPC_W) close(found.get(row[0]), row[at + 1] as number, row[0]);
  });
}

test("request by request, boutique and amazon-like have the shares of their tables", () => {
  const sharesOf = (name: (typeof MIX_NAMES)[number]): Readonly<Record<string, number>> => {
    const { mix, frequency } = planMix({ mix: name, sessions: "none" });
    const total = frequency.reduce((sum, weight) => sum + weight, 0);
    return Object.fromEntries(
      mix.requests.map((request, i) => [request.name, (100 * (frequency[i] ?? 0)) / total]),
    );
  };
  const boutique = sharesOf("boutique");
  for (const [name, of23] of [
    ["home", 1],
    ["language", 2],
    ["product", 13],
    ["basket-add", 3],
    ["basket", 3],
    ["order", 1],
  ] as const)
    close(boutique[name], (100 * of23) / 23, name);
  const amazon = sharesOf("amazon-like");
  for (const [name, percent] of [
    ["home", 15],
    ["category", 13],
    ["list-api", 10],
    ["product", 30],
    ["search", 12],
    ["basket", 7],
    ["basket-add", 7],
    ["login", 1.5],
    ["order", 1.5],
  ] as const)
    close(amazon[name], percent, name);
  close((amazon.checkout ?? 0) + (amazon["shipping-address"] ?? 0), 3, "steps of the checkout");
});

test("a session passes as many pages as its length says, and its requests are those of many walks", () => {
  const chain = createChain(findMix("shopping"));
  const visits = expectedVisits(chain, 12);
  close(
    [...visits.values()].reduce((sum, times) => sum + times, 0),
    12,
    "pages",
    1e-6,
  );
  const { frequency } = planMix({ mix: "shopping", sessions: { length: 12 } });
  const counts = chain.mix.requests.map(() => 0);
  const walks = 20_000;
  for (let walk = 0; walk < walks; walk++) {
    const rng = createRng(1).fork(walk);
    const draw = (row: readonly number[]): number => {
      let left = rng.next();
      const at = row.findIndex((p) => {
        left -= p;
        return left < 0;
      });
      return at < 0 ? row.length - 1 : at;
    };
    let page = draw(chain.first);
    let has = 0;
    for (;;) {
      const played = chain.play(page, has);
      for (const request of played.requests) counts[request]! += 1;
      has = played.has;
      if (rng.next() < 1 / 12) break;
      page = draw(chain.next[page] ?? []);
    }
  }
  for (const [i, count] of counts.entries()) {
    const expected = frequency[i] as number;
    // Counts within a session hang together: twice the error of a Poisson count, four times over.
    close(count / walks, expected, chain.mix.requests[i]?.name ?? "", 8 * Math.sqrt(expected / walks) + 1e-4);
  }
});

test("nobody posts without a token, orders from an empty basket or sees orders without a login", () => {
  for (const mix of mixes) {
    const chain = createChain(mix);
    for (let state = 0; state < mix.pages.length * (ALL_ASSETS + 1); state++) {
      const has = new Set(["token", "basket", "login"].filter((_, bit) => (state & (1 << bit)) !== 0));
      for (const at of chain.play(pageOf(state), state % (ALL_ASSETS + 1)).requests) {
        const request = mix.requests[at];
        assert.ok(request !== undefined);
        for (const need of request.needs ?? [])
          assert.ok(has.has(need), `${mix.name}: ${request.name} without ${need} from state ${state}`);
        if (request.method === "POST") assert.ok(request.needs?.includes("token"), request.name);
        if (request.gives !== undefined) has.add(request.gives);
        if (request.takes !== undefined) has.delete(request.takes);
      }
    }
  }
});

test("every request of every mix has a view of its own with times in the profile", () => {
  for (const mix of mixes)
    for (const { method, path, name } of mix.requests) {
      const view = viewOf(method, path.replaceAll("{product}", "7"));
      assert.ok(VIEWS.includes(view));
      assert.notEqual(view, "health", `${mix.name}: ${name}`);
    }
});

test("a pause given as a duration scales the mix's own pauses to that mean", () => {
  const thinkOf = (mix: (typeof MIX_NAMES)[number], think: number): unknown =>
    planMix({ mix, sessions: { think } }).sessions?.think;
  assert.deepEqual(thinkOf("shopping", 700), { type: "exponential", mean: 700, max: 7_000 });
  assert.deepEqual(thinkOf("boutique", 550), { type: "uniform", min: 100, max: 1_000 });
  assert.deepEqual(planMix({ mix: "browsing" }).sessions?.think, {
    type: "exponential",
    mean: 7_000,
    max: 70_000,
  });
});
