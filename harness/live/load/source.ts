import { mixOf } from "../../../scenarios/requests.ts";
import { clientOfPrelude, createPreludes } from "../../traffic/preludes.ts";
import { productsOf } from "../../traffic/products.ts";
import { createTimetable } from "../../traffic/timetable.ts";
import { type Call, sessionOf, type Verdict, type Visitor } from "../../traffic/visitor.ts";
import { createVisitors, type Visitors } from "../../traffic/visitors.ts";
import { createWork } from "../../traffic/work.ts";
import { createDelayLine } from "./delay-line.ts";
import type { LoadPlan } from "./plan.ts";
import { createFlight, type Flight } from "./tally.ts";

/** Where an open load's requests come from, in the order in which they are due. */
export interface Source {
  /** Infinity when there is none that is known of. */
  readonly nextUs: number;
  take(sentUs: number): Flight;
  /** A request ended: the mark of its row. */
  ended(flight: Flight, endedUs: number, verdict: Verdict): number;
}

/** `wakeAt` hears of requests that became known between two looks. */
export function createSource(plan: LoadPlan, wakeAt: (atUs: number) => void): Source {
  const mix = mixOf(plan);
  if (mix === null) return plainSource(plan, () => 0);
  const product = productsOf(mix, plan.seed);
  if (mix.sessions !== null) {
    const visitors = createVisitors(plan.traffic, mix, plan.capacity, plan.seed);
    return visitingSource(visitors, product, sessionOf, wakeAt);
  }
  const preludes = createPreludes(plan.traffic, mix, plan.seed);
  return both(
    visitingSource(preludes, product, (k) => clientOfPrelude(sessionOf(k)), wakeAt),
    plainSource(plan, product),
  );
}

function plainSource(plan: LoadPlan, productOf: (k: number, phase: "window" | "warmup") => number): Source {
  const { traffic, service, seed } = plan;
  if (traffic.model !== "open") throw new Error(`an open generator cannot play model ${traffic.model}`);
  const work = {
    window: createWork(traffic, service, seed, "window"),
    warmup: createWork(traffic, service, seed, "warmup"),
  };
  const arrivals = createTimetable(traffic, plan.capacity, seed)[Symbol.iterator]();
  let next = arrivals.next();
  return {
    get nextUs() {
      return next.done === true ? Number.POSITIVE_INFINITY : next.value.dueUs;
    },
    take(sentUs) {
      if (next.done === true) throw new Error("every request has been sent");
      const { phase, k, dueUs } = next.value;
      next = arrivals.next();
      return createFlight({
        ...work[phase].of(k),
        k: phase === "window" ? k : null,
        dueUs,
        sentUs,
        product: productOf(k, phase),
      });
    },
    ended: () => 0,
  };
}

function visitingSource(
  visitors: Visitors,
  productOf: (k: number, phase: "window" | "warmup") => number,
  holderOf: (k: number) => number,
  wakeAt: (atUs: number) => void,
): Source {
  const pausing = createDelayLine<Visitor>();
  const flightOf = ({ visitor, phase, k, dueMs, type, demand }: Call, sentUs: number): Flight =>
    createFlight({
      k: phase === "window" ? k : null,
      dueUs: dueMs * 1_000,
      sentUs,
      type,
      client: visitor.client,
      ...demand,
      holder: holderOf(k),
      product: productOf(k, phase),
      visitor,
    });
  return {
    get nextUs() {
      return Math.min(visitors.nextMs * 1_000, pausing.nextUs);
    },
    take(sentUs) {
      const backUs = pausing.nextUs;
      const back = backUs <= visitors.nextMs * 1_000 ? pausing.shift(backUs) : undefined;
      return flightOf(back === undefined ? visitors.take() : visitors.again(back, backUs / 1_000), sentUs);
    },
    ended({ visitor }, endedUs, verdict) {
      if (visitor === null) return 0;
      const { mark, backMs } = visitors.ended(visitor, endedUs / 1_000, verdict);
      if (backMs === null) return mark;
      pausing.push(visitor, backMs * 1_000);
      wakeAt(backMs * 1_000);
      return mark;
    },
  };
}

function both(one: Source, other: Source): Source {
  return {
    get nextUs() {
      return Math.min(one.nextUs, other.nextUs);
    },
    take: (sentUs) => (one.nextUs <= other.nextUs ? one : other).take(sentUs),
    ended: (flight, endedUs, verdict) =>
      (flight.visitor === null ? other : one).ended(flight, endedUs, verdict),
  };
}
