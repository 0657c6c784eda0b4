import type { Millis } from "#kernel/units.ts";
import type { BackendIndex } from "../../balancers/algorithm.ts";
import type { MixPlan } from "../../scenarios/mixes/plan.ts";
import { mixOf } from "../../scenarios/requests.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { faultWindows } from "../fault-windows.ts";
import { sessionOf } from "../traffic/visitor.ts";
import type { Flight } from "./flights.ts";
import { keyOf } from "./proxy.ts";
import { deathsOf } from "./trouble.ts";

/** Whose cookies a request brings: those of its session, or of its client where there are no sessions. */
export function createHolders({ traffic }: Pick<Scenario, "traffic">): (flight: Flight) => number {
  const hasSessions = mixOf({ traffic })?.sessions != null;
  return hasSessions ? ({ k }) => sessionOf(k) : ({ client }) => client;
}

/** What the views of `backends/django/urls.ts` do to a visitor's session, without the pages. */
export interface VirtualShop {
  /** A backend answers this request, at the end of its attempt or later: sets the status that the view gives. */
  serve(flight: Flight): void;
  /** The answer was that the shop does not know the visitor; asked once per answer. */
  isExpired(flight: Flight): boolean;
  /** Orders placed by requests of the window, by backend. */
  readonly orders: Uint32Array;
}

/** A session that a visitor has a cookie of. */
interface Session {
  readonly home: BackendIndex;
  /** Crashes of the home before: what a process kept in its memory dies with it. */
  readonly life: number;
  lines: number;
  user: boolean;
}

const OK = 200;
const FOUND = 302;

/** Null where no mix is played. */
export function createVirtualShop(scenario: Scenario, seed: number): VirtualShop | null {
  const plan = mixOf(scenario);
  return plan === null ? null : createShop(scenario, plan, seed);
}

function createShop(scenario: Scenario, { mix }: MixPlan, seed: number): VirtualShop {
  const isLocal = scenario.backends.sessionBackend === "local";
  const holderOf = createHolders(scenario);
  const sessions = new Map<number, Session>();
  const expired = new Set<number>();
  const orders = new Uint32Array(scenario.backends.count);
  const deaths = deathsOf(faultWindows(scenario, seed));
  const lifeOf = (backend: BackendIndex, now: Millis): number =>
    deaths.filter((death) => death.backend === backend + 1 && death.fromMs <= now).length;
  const refuse = (flight: Flight): void => {
    flight.status = FOUND;
    expired.add(keyOf(flight));
    // The answer takes the cookie away.
    sessions.delete(holderOf(flight));
  };
  return {
    serve(flight) {
      const request = mix.requests[flight.type];
      if (flight.status !== OK || request === undefined) return;
      const { backend, startedAt } = flight.attempt;
      const holder = holderOf(flight);
      const session = sessions.get(holder);
      const life = isLocal ? lifeOf(backend, startedAt) : 0;
      const isKnown =
        session !== undefined && (!isLocal || (session.home === backend && session.life === life));
      if (request.session && session !== undefined && !isKnown) return refuse(flight);
      if (request.needs?.includes("login") && session?.user !== true) return refuse(flight);
      if (request.needs?.includes("basket") && (session?.lines ?? 0) === 0) return refuse(flight);
      const changed = isKnown ? session : { home: backend, life, lines: 0, user: false };
      if (request.gives === "basket") changed.lines += 1;
      if (request.gives === "login") changed.user = true;
      if (request.gives === "basket" || request.gives === "login") sessions.set(holder, changed);
      if (request.isOrder) {
        changed.lines = 0;
        if (flight.phase === "window") orders[backend]! += 1;
      }
      if (request.method === "POST") flight.status = FOUND;
    },
    isExpired: (flight) => expired.delete(keyOf(flight)),
    orders,
  };
}
