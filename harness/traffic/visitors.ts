import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { offeredRate } from "../../scenarios/arrivals/arrivals.ts";
import type { MixPlan, SessionPlan } from "../../scenarios/mixes/plan.ts";
import type { Traffic } from "../../scenarios/scenario.ts";
import { createJoiners, type Joiner } from "./joiners.ts";
import { createPauses } from "./pauses.ts";
import { readTimetable } from "./timetable.ts";
import { type Aftermath, type Call, MARK, STEPS, type Verdict, type Visitor } from "./visitor.ts";
import { createWalk, type Walk } from "./walk.ts";

/** Who is in the shop, and what they send when: the same for every contestant as far as its answers allow. */
export interface Visitors {
  /** When the next one comes who waits for no answer; infinity when nobody does. */
  readonly nextMs: Millis;
  take(): Call;
  /** A request of it ended; without a `backMs` the visitor sends nothing any more. */
  ended(visitor: Visitor, atMs: Millis, verdict: Verdict): Aftermath;
  /** The next request of a visitor that is back. */
  again(visitor: Visitor, atMs: Millis): Call;
}

/** A user of a closed loop whose request failed comes back after this at the earliest. */
const BACK_OFF_MS = 100;
const NO_SEAT = -1;
/** Sessions that begin in the window, that begin in the warm-up, and that were under way before: interleaved, so that none depends on how many of the others there are. */
const KIND = { window: 0, warmup: 1, joined: 2 } as const;
const KINDS = 3;

/**
 * Sessions that arrive (open), or users who begin a new session after the last one (closed). `traffic` has its requests spelt out;
 * `arrivalsPerSecond` is what a load of 1 means of sessions.
 */
export function createVisitors(
  traffic: Traffic,
  plan: MixPlan,
  arrivalsPerSecond: number,
  seed: number,
): Visitors {
  const { sessions } = plan;
  if (sessions === null) throw new Error(`mix ${plan.mix.name} is played without sessions`);
  const pauses = createPauses(sessions.think, seed);
  const walk = createWalk(traffic, plan, pauses, seed);
  const joiners = (count: number): readonly Joiner[] =>
    createJoiners(count, { ...sessions, chain: plan.chain }, pauses, traffic.warmup, {
      closed: traffic.model === "closed",
      rng: createRng(seed).fork("joined"),
    }).filter(({ pageMs }) => pageMs < traffic.duration);
  return traffic.model === "open"
    ? openVisitors(traffic, walk, joiners(inTheShop(traffic, sessions, arrivalsPerSecond, pauses.meanMs)), {
        arrivalsPerSecond,
        seed,
        supply: plan.chain.supply,
      })
    : closedVisitors(traffic, walk, joiners(traffic.connections), {
        supply: plan.chain.supply,
        pauseMs: (session) => pauses.before(session * STEPS),
      });
}

type Open = Extract<Traffic, { model: "open" }>;
type Closed = Extract<Traffic, { model: "closed" }>;
type Supply = MixPlan["chain"]["supply"];

/** Little's law over the pauses: a session has one after every page but the last. */
function inTheShop(
  { arrivals, duration }: Open,
  { length }: SessionPlan,
  capacity: number,
  pauseMs: Millis,
): number {
  const perSecond = offeredRate(arrivals, { capacity, windowMs: duration }).at(0);
  return Math.round((perSecond * (length - 1) * pauseMs) / 1_000);
}

function openVisitors(
  traffic: Open,
  walk: Walk,
  joiners: readonly Joiner[],
  { arrivalsPerSecond, seed, supply }: { arrivalsPerSecond: number; seed: number; supply: Supply },
): Visitors {
  const arrivals = readTimetable(traffic, arrivalsPerSecond, seed);
  const clients = createRng(seed).fork("sessions").fork("client");
  const begin = (session: number): Visitor =>
    walk.begin(session, clients.fork(session).int(traffic.clients), NO_SEAT);
  let joined = 0;
  const joinMs = (): Millis => joiners[joined]?.joinMs ?? Number.POSITIVE_INFINITY;
  return {
    get nextMs() {
      return Math.min(joinMs(), arrivals.dueUs / 1_000);
    },
    take() {
      const { phase, k, dueUs } = arrivals;
      if (joinMs() <= dueUs / 1_000) {
        const joiner = joiners[joined++] as Joiner;
        return join(walk, begin(KINDS * joiner.number + KIND.joined), joiner, supply);
      }
      arrivals.step();
      return walk.call(begin(KINDS * k + KIND[phase]), dueUs / 1_000);
    },
    ended(visitor, atMs, verdict) {
      const aftermath = walk.follow(visitor, atMs, verdict);
      if (aftermath.backMs === null) walk.leave(visitor);
      return aftermath;
    },
    again: walk.call,
  };
}

function closedVisitors(
  { connections, clients, duration }: Closed,
  walk: Walk,
  joiners: readonly Joiner[],
  { supply, pauseMs }: { supply: Supply; pauseMs: (session: number) => Millis },
): Visitors {
  let joined = 0;
  return {
    get nextMs() {
      return joiners[joined]?.joinMs ?? Number.POSITIVE_INFINITY;
    },
    take() {
      const joiner = joiners[joined++] as Joiner;
      const seat = joiner.number;
      return join(walk, walk.begin(seat, seat % clients, seat), joiner, supply);
    },
    ended(visitor, atMs, verdict) {
      const aftermath = walk.follow(visitor, atMs, verdict);
      const isOver = verdict !== "fine" || (aftermath.mark & MARK.end) !== 0;
      if (!isOver) return aftermath;
      // Session n of seat u is n * users + u.
      walk.restart(visitor, visitor.session + connections);
      const pause = pauseMs(visitor.session);
      const backMs = atMs + (verdict === "fine" ? pause : Math.max(BACK_OFF_MS, pause));
      aftermath.backMs = backMs < duration ? backMs : null;
      return aftermath;
    },
    again: walk.call,
  };
}

function join(walk: Walk, visitor: Visitor, joiner: Joiner, supply: Supply): Call {
  if (!joiner.isOver) {
    walk.enter(visitor, joiner.page, joiner.has);
    if (joiner.has !== 0) walk.catchUp(visitor, supply(joiner.has), joiner.pageMs);
  }
  return walk.call(visitor, joiner.joinMs);
}
