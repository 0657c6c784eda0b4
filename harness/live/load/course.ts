import { mixOf } from "../../../scenarios/requests.ts";
import type { Traffic } from "../../../scenarios/scenario.ts";
import { productsOf } from "../../traffic/products.ts";
import { createThink } from "../../traffic/think.ts";
import { type Call, sessionOf, type Verdict } from "../../traffic/visitor.ts";
import { createVisitors } from "../../traffic/visitors.ts";
import { createWork } from "../../traffic/work.ts";
import type { LoadPlan } from "./plan.ts";
import { createFlight, type Flight } from "./tally.ts";

/** What the users of a closed loop send, and how long they pause. Times in microseconds from the start of the window. */
export interface Course {
  /** When a user begins; infinity when it never does. */
  startUs(user: number): number;
  /** Its next request, sent now. */
  next(user: number, sentUs: number): Flight;
  /** After its request: the mark of the row, and when it sends again; null when it does not. */
  after(
    user: number,
    endedUs: number,
    verdict: Verdict,
  ): { readonly mark: number; readonly backUs: number | null };
}

/** A user whose connection failed waits at least this long, so that a refusing target is not hammered. */
const BACK_OFF_US = 100_000;

export function createCourse(plan: LoadPlan): Course {
  const { traffic } = plan;
  if (traffic.model !== "closed") throw new Error(`a closed generator cannot play model ${traffic.model}`);
  return mixOf(plan) === null ? plainCourse(plan, traffic) : visitingCourse(plan, traffic.connections);
}

function plainCourse({ service, seed }: LoadPlan, traffic: Extract<Traffic, { model: "closed" }>): Course {
  const { connections } = traffic;
  const work = {
    window: createWork(traffic, service, seed, "window"),
    warmup: createWork(traffic, service, seed, "warmup"),
  };
  const sent = { window: new Uint32Array(connections), warmup: new Uint32Array(connections) };
  const pauses = createThink(traffic, seed);
  return {
    // Spread over one pause, so that users who all think alike do not come as a herd.
    startUs: (user) => -traffic.warmup * 1_000 + (pauses.meanMs * 1_000 * user) / connections,
    next(user, sentUs) {
      const phase = sentUs < 0 ? "warmup" : "window";
      const number = (sent[phase][user] as number) * connections + user;
      sent[phase][user]! += 1;
      const k = phase === "window" ? number : null;
      return createFlight({ ...work[phase].of(number), k, dueUs: sentUs, sentUs });
    },
    after(user, endedUs, verdict) {
      const phase = (sent.window[user] as number) > 0 ? "window" : "warmup";
      const pauseUs = pauses.after(user, (sent[phase][user] as number) - 1, phase) * 1_000;
      return { mark: 0, backUs: endedUs + (verdict === "failed" ? Math.max(BACK_OFF_US, pauseUs) : pauseUs) };
    },
  };
}

function visitingCourse(plan: LoadPlan, users: number): Course {
  const { traffic, capacity, seed } = plan;
  const mix = mixOf(plan);
  if (mix === null) throw new Error("no mix is played");
  const visitors = createVisitors(traffic, mix, capacity, seed);
  const productOf = productsOf(mix, seed);
  const begun = new Map<number, Call["visitor"]>();
  /** First calls, until they are sent. */
  const first = new Map<number, Call>();
  while (visitors.nextMs !== Number.POSITIVE_INFINITY && first.size < users) {
    const call = visitors.take();
    first.set(call.visitor.seat, { ...call });
    begun.set(call.visitor.seat, call.visitor);
  }
  const visitorOf = (user: number): Call["visitor"] => {
    const visitor = begun.get(user);
    if (visitor === undefined) throw new Error(`user ${user} has not begun`);
    return visitor;
  };
  return {
    startUs: (user) => (first.get(user)?.dueMs ?? Number.POSITIVE_INFINITY) * 1_000,
    next(user, sentUs) {
      const call = first.get(user) ?? visitors.again(visitorOf(user), sentUs / 1_000);
      first.delete(user);
      const { phase, k, type, demand, visitor } = call;
      return createFlight({
        k: phase === "window" ? k : null,
        dueUs: sentUs,
        sentUs,
        type,
        client: visitor.client,
        ...demand,
        holder: sessionOf(k),
        product: productOf(k, phase),
        visitor,
      });
    },
    after(user, endedUs, verdict) {
      const { mark, backMs } = visitors.ended(visitorOf(user), endedUs / 1_000, verdict);
      return { mark, backUs: backMs === null ? null : backMs * 1_000 };
    },
  };
}
