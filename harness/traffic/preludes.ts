import { ALL_ASSETS } from "../../scenarios/mixes/chain.ts";
import type { MixPlan } from "../../scenarios/mixes/plan.ts";
import type { Traffic } from "../../scenarios/scenario.ts";
import { createPauses } from "./pauses.ts";
import { STEPS } from "./visitor.ts";
import type { Visitors } from "./visitors.ts";
import { createWalk } from "./walk.ts";

/** Clients are done with it after this part of the warm-up. */
const PART = 0.5;
/** Numbers of their requests lie above those of the mix. */
export const FIRST_PRELUDE = 2 ** 21;

/** The client that a prelude is of, by the session of its requests. */
export const clientOfPrelude = (session: number): number => session - FIRST_PRELUDE;

/**
 * A mix that is played request by request has no sessions in which a client could get what its POSTs need: every client gets a token, a
 * basket and a login once, in the warm-up, one client after the other.
 */
export function createPreludes(traffic: Traffic, plan: MixPlan, seed: number): Visitors {
  const supply = plan.chain.supply(ALL_ASSETS);
  const walk = createWalk(traffic, plan, createPauses({ type: "constant", value: 0 }, seed), seed);
  const { clients, warmup } = traffic;
  let next = 0;
  const dueMs = (client: number): number => -warmup + (PART * warmup * client) / clients;
  return {
    get nextMs() {
      return next < clients ? dueMs(next) : Number.POSITIVE_INFINITY;
    },
    take() {
      const client = next++;
      const visitor = walk.begin(FIRST_PRELUDE + client, client, -1);
      walk.catchUp(visitor, supply, 0);
      return walk.call(visitor, dueMs(client));
    },
    ended(visitor, atMs, verdict) {
      const aftermath = walk.follow(visitor, atMs, verdict);
      // What would follow is the first page of a session.
      if (!visitor.catchingUp || verdict !== "fine") aftermath.backMs = null;
      aftermath.mark = 0;
      return aftermath;
    },
    again: walk.call,
  };
}

/** Requests of all preludes. */
export const preludeRequests = (traffic: Traffic, plan: MixPlan): number =>
  traffic.clients * plan.chain.supply(ALL_ASSETS).length;

/** Of one session that is a prelude. */
export const isPrelude = (k: number): boolean => k >= FIRST_PRELUDE * STEPS;
