import { ALL_ASSETS } from "../../scenarios/mixes/chain.ts";
import type { MixPlan } from "../../scenarios/mixes/plan.ts";
import type { Traffic } from "../../scenarios/scenario.ts";
import { createPauses } from "./pauses.ts";
import { STEPS } from "./visitor.ts";
import type { Visitors } from "./visitors.ts";
import { createWalk } from "./walk.ts";

/** Clients are done with it after this part of the warm-up. */
const PART = 0.5;
/** From a failure to the next try, as long as the window has not begun. */
const AGAIN_MS = 100;
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
      aftermath.mark = 0;
      if (verdict === "fine") {
        // What would follow is the first page of a session.
        if (!visitor.catchingUp) aftermath.backMs = null;
        return aftermath;
      }
      visitor.sent = 0;
      aftermath.backMs = atMs < 0 ? atMs + AGAIN_MS : null;
      return aftermath;
    },
    again: walk.call,
  };
}

/** Whether request k of the warm-up belongs to a prelude. */
export const isPrelude = (k: number): boolean => k >= FIRST_PRELUDE * STEPS;
