import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import {
  type ConcurrencyLimit,
  type ConcurrencyLimitRule,
  createConcurrencyLimit,
  overlay,
} from "./concurrency-limit.ts";

const RULE: ConcurrencyLimitRule = overlay.schema.parse({});

/** Fills the limit and lets the last one be answered after so long, the others go without a word. */
function answerAtLimit(limit: ConcurrencyLimit, latencyMs: number): void {
  const tickets: number[] = [];
  for (let ticket = limit.enter(); ticket !== null; ticket = limit.enter()) tickets.push(ticket);
  const last = tickets.pop()!;
  for (const ticket of tickets) limit.leave(ticket, null);
  limit.leave(last, latencyMs);
}

test("each answer at the limit lets it grow by the queue it may have, smoothed", () => {
  const limit = createConcurrencyLimit(RULE);
  let expected = 20;
  for (let k = 0; k < 30; k++) {
    answerAtLimit(limit, 10);
    expected = 0.8 * expected + 0.2 * (expected + 4);
    assert.equal(limit.limit, Math.floor(expected + 1e-9));
  }
});

test("an answer at three times the long-term latency takes the limit down by the gradient, by no more than half", () => {
  const limit = createConcurrencyLimit({ ...RULE, min: 1, initial: 100 });
  for (let k = 0; k < 10; k++) answerAtLimit(limit, 10);
  const before = 100 + 10 * 0.8;
  answerAtLimit(limit, 30);
  // The eleventh sample is the first of the moving average.
  const long = 10 + (30 - 10) * (2 / 601);
  const gradient = Math.max(0.5, (1.5 * long) / 30);
  assert.equal(limit.limit, Math.floor(0.8 * before + 0.2 * (before * gradient + 4)));
  const halved = createConcurrencyLimit({ ...RULE, min: 1, initial: 100 });
  for (let k = 0; k < 10; k++) answerAtLimit(halved, 10);
  answerAtLimit(halved, 1_000);
  assert.equal(halved.limit, Math.floor(0.8 * before + 0.2 * (before * 0.5 + 4)));
});

test("while half of the limit is not asked for it stays, whatever the latency", () => {
  const limit = createConcurrencyLimit(RULE);
  for (const latencyMs of [10, 500, 1, 10_000])
    for (let k = 0; k < 50; k++) limit.leave(limit.enter()!, latencyMs);
  assert.equal(limit.limit, 20);
});

test("the limit stays within its bounds, and no more than it are ever in flight", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant(null), fc.constant(-1), fc.double({ min: 0, max: 1e6, noNaN: true })), {
        maxLength: 500,
        size: "max",
      }),
      (steps) => {
        const limit = createConcurrencyLimit({ ...RULE, initial: 10, min: 5, max: 30 });
        const tickets: number[] = [];
        for (const step of steps) {
          if (step === null) {
            const before = limit.inFlight;
            const ticket = limit.enter();
            assert.equal(ticket === null, before >= limit.limit);
            if (ticket !== null) tickets.push(ticket);
          } else if (tickets.length > 0) limit.leave(tickets.shift()!, step < 0 ? null : step);
          assert.equal(limit.inFlight, tickets.length);
          assert.ok(limit.limit >= 5 && limit.limit <= 30, `${limit.limit}`);
        }
      },
    ),
  );
});

/** One server, exponential service of mean 1, Poisson arrivals at `load`. */
function createQueue(limit: ConcurrencyLimit, seed: string) {
  const rng = createRng(seed);
  const exponential = (mean: number): number => -mean * Math.log(1 - rng.next());
  const open: { readonly endsAt: number; readonly ticket: number; readonly from: number }[] = [];
  let now = 0;
  let freeAt = 0;
  return (load: number, arrivals: number) => {
    let [rejected, answered, sum, most] = [0, 0, 0, 0];
    const start = now;
    for (let k = 0; k < arrivals; k++) {
      now += exponential(1 / load);
      while (open.length > 0 && open[0]!.endsAt <= now) {
        const { endsAt, ticket, from } = open.shift()!;
        limit.leave(ticket, endsAt - from);
        sum += endsAt - from;
        answered += 1;
      }
      const ticket = limit.enter();
      if (ticket === null) {
        rejected += 1;
        continue;
      }
      most = Math.max(most, limit.inFlight);
      freeAt = Math.max(freeAt, now) + exponential(1);
      open.push({ endsAt: freeAt, ticket, from: now });
    }
    return {
      rejected: rejected / arrivals,
      goodput: answered / (now - start),
      latency: sum / answered,
      most,
    };
  };
}

test("with a limit that cannot move it is M/M/1/K: rejections and latency as the closed form has them", () => {
  for (const [load, k] of [
    [0.7, 5],
    [1.3, 20],
    [2, 10],
  ] as const) {
    const limit = createConcurrencyLimit({ ...RULE, initial: k, min: k, max: k });
    const { rejected, latency } = createQueue(limit, `mm1k ${load}`)(load, 400_000);
    const weights = Array.from({ length: k + 1 }, (_, n) => load ** n);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const blocked = weights[k]! / total;
    const inSystem = weights.reduce((sum, weight, n) => sum + n * weight, 0) / total;
    const expected = inSystem / (load * (1 - blocked));
    assert.ok(Math.abs(rejected - blocked) < 0.005, `load ${load}: ${rejected} rejected, not ${blocked}`);
    assert.ok(Math.abs(latency / expected - 1) < 0.02, `load ${load}: ${latency}, not ${expected}`);
  }
});

test("in an overload it rejects what is beyond the capacity and keeps the rest going, and it stops when the load is normal", () => {
  const limit = createConcurrencyLimit({ ...RULE, max: 50 });
  const play = createQueue(limit, "overload");
  assert.equal(play(0.5, 20_000).rejected, 0);
  assert.equal(limit.limit, 20, "nobody asked for more");
  const overload = play(1.3, 40_000);
  assert.ok(overload.goodput > 0.97, `goodput ${overload.goodput} of 1`);
  assert.ok(Math.abs(overload.rejected - (1 - 1 / 1.3)) < 0.03, `${overload.rejected} rejected`);
  assert.ok(overload.most <= 50 && overload.latency <= 50, `latency ${overload.latency}`);
  play(0.5, 2_000);
  assert.equal(play(0.5, 20_000).rejected, 0);
});
