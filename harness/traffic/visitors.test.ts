import assert from "node:assert/strict";
import { test } from "node:test";
import { capacityOf } from "../../scenarios/capacity.ts";
import { mixOf, spelledOut } from "../../scenarios/requests.ts";
import { scenarioOf } from "../simulation/sketch.ts";
import { MARK, STEPS, sessionOf, type Visitor } from "./visitor.ts";
import { createVisitors } from "./visitors.ts";

const open = (traffic: object = {}) =>
  scenarioOf({
    backends: { service: { type: "exponential", mean: "10ms" } },
    traffic: { mix: "shopping", sessions: { think: "500ms", length: 6 }, ...traffic },
  });

interface Sent {
  readonly k: number;
  readonly dueMs: number;
  readonly type: number;
  readonly demandUs: number;
  readonly phase: string;
}

/** Plays visitors against a shop whose answers take `answerMs(k)` and are as `failing` says. */
function playAll(
  scenario: ReturnType<typeof open>,
  answerMs: (k: number) => number,
  fails: (k: number) => boolean = () => false,
  seed = 1,
): { sent: Sent[]; marks: Map<number, number> } {
  const plan = mixOf(scenario);
  assert.ok(plan !== null);
  const visitors = createVisitors(
    spelledOut(scenario).traffic,
    plan,
    capacityOf(scenario).arrivalsPerSecond,
    seed,
  );
  const waiting: { atMs: number; visitor: Visitor; k: number; isBack: boolean }[] = [];
  const sent: Sent[] = [];
  const marks = new Map<number, number>();
  const book = ({ visitor, k, dueMs, type, demand, phase }: ReturnType<typeof visitors.take>): void => {
    sent.push({ k, dueMs, type, demandUs: demand.demandUs, phase });
    waiting.push({ atMs: dueMs + answerMs(k), visitor, k, isBack: false });
  };
  for (;;) {
    waiting.sort((a, b) => a.atMs - b.atMs);
    const first = waiting[0];
    if (visitors.nextMs === Number.POSITIVE_INFINITY && first === undefined) return { sent, marks };
    if (visitors.nextMs <= (first?.atMs ?? Number.POSITIVE_INFINITY)) book(visitors.take());
    else if (first !== undefined) {
      waiting.shift();
      if (first.isBack) book(visitors.again(first.visitor, first.atMs));
      else {
        const { mark, backMs } = visitors.ended(first.visitor, first.atMs, fails(first.k) ? "error" : "fine");
        marks.set(first.k, mark);
        if (backMs !== null) waiting.push({ ...first, atMs: backMs, isBack: true });
      }
    }
  }
}

const inWindow = ({ sent }: { sent: readonly Sent[] }): readonly Sent[] =>
  sent.filter(({ phase }) => phase === "window");

test("a step has the same request and the same demand whatever the answers took", () => {
  const quick = inWindow(playAll(open(), () => 1));
  const slow = inWindow(playAll(open(), (k) => 5 + (k % 97)));
  const byK = new Map(quick.map((each) => [each.k, each]));
  assert.equal(byK.size, quick.length, "every request has a number of its own");
  let common = 0;
  for (const { k, type, demandUs } of slow) {
    const same = byK.get(k);
    if (same === undefined) continue;
    common += 1;
    assert.deepEqual([type, demandUs], [same.type, same.demandUs]);
  }
  assert.ok(common > 0.9 * slow.length, `${common} of ${slow.length} are played by both`);
  assert.notDeepEqual(inWindow(playAll(open(), () => 1, undefined, 2)), quick);
});

test("the offered rate is the load's from the start of the window to its end, and its mix is the plan's", () => {
  const scenario = open({
    arrivals: { type: "poisson", load: 0.5 },
    sessions: { think: "2s", length: 20 },
    warmup: "2s",
    duration: "60s",
  });
  const sent = inWindow(playAll(scenario, () => 0));
  const expected = 0.5 * capacityOf(scenario).perSecond;
  const thirds = [0, 1, 2].map(
    (third) => sent.filter(({ dueMs }) => Math.floor(dueMs / 20_000) === third).length / 20,
  );
  // Sessions of 27 requests come together: the error of a rate is that of the sessions.
  const error = (4 * expected * Math.sqrt(27)) / Math.sqrt(20 * expected);
  for (const rate of thirds) assert.ok(Math.abs(rate - expected) < error, `${thirds} are not ${expected}`);
  const plan = mixOf(scenario);
  assert.ok(plan !== null);
  const total = plan.frequency.reduce((sum, count) => sum + count, 0);
  for (const [type, count] of plan.frequency.entries()) {
    const share = sent.filter((each) => each.type === type).length / sent.length;
    assert.ok(
      Math.abs(share - count / total) < 0.015,
      `${plan.mix.requests[type]?.name}: ${share}, ${count / total}`,
    );
  }
});

test("a longer warm-up changes nothing of the sessions that begin in the window", () => {
  const beginnings = (warmup: string): readonly Sent[] =>
    inWindow(playAll(open({ warmup }), () => 1)).filter(({ k }) => sessionOf(k) % 3 === 0);
  assert.deepEqual(beginnings("4s"), beginnings("1s"));
});

test("a visitor whose request fails leaves; the others end as planned or are still there", () => {
  const failing = (k: number): boolean => k % 41 === 0;
  const played = playAll(open(), () => 3, failing);
  const last = new Map<number, number>();
  for (const { k } of played.sent) last.set(sessionOf(k), Math.max(last.get(sessionOf(k)) ?? 0, k));
  for (const { k } of played.sent) if (failing(k)) assert.equal(last.get(sessionOf(k)), k);
  const ended = [...played.marks].filter(([, mark]) => (mark & MARK.end) !== 0);
  assert.ok(ended.length > 100);
  for (const [k] of ended) assert.equal(last.get(sessionOf(k)), k);
});

test("users of a closed loop are in sessions from the first instant on, one after the other", () => {
  const scenario = scenarioOf({
    traffic: {
      model: "closed",
      connections: 40,
      mix: "amazon-like",
      sessions: { think: "300ms" },
      warmup: "1s",
      duration: "20s",
    },
  });
  const { sent, marks } = playAll(scenario, () => 10);
  const seats = new Set(sent.map(({ k }) => sessionOf(k) % 40));
  assert.equal(seats.size, 40);
  assert.equal(new Set(sent.map(({ k }) => k)).size, sent.length);
  const ended = [...marks].filter(([, mark]) => (mark & MARK.end) !== 0);
  assert.ok(ended.length > 100, `${ended.length} sessions ended`);
  for (const [k] of ended.slice(0, 50)) {
    const followers = sent.filter((each) => each.k === (sessionOf(k) + 40) * STEPS);
    assert.ok(followers.length <= 1);
  }
  const rate = (from: number, to: number): number =>
    sent.filter(({ dueMs, phase }) => phase === "window" && dueMs >= from && dueMs < to).length / (to - from);
  assert.ok(Math.abs(rate(0, 5_000) / rate(15_000, 20_000) - 1) < 0.2, "no herd at the start");
});
