import type { Millis } from "#kernel/units.ts";
import { mixOf, spelledOut } from "../../scenarios/requests.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { createPreludes } from "../traffic/preludes.ts";
import { createThink } from "../traffic/think.ts";
import { readTimetable } from "../traffic/timetable.ts";
import type { Verdict } from "../traffic/visitor.ts";
import { createVisitors } from "../traffic/visitors.ts";
import { type Assignment, createWork, type Phase } from "../traffic/work.ts";
import type { Flight } from "./flights.ts";
import { createVisitingUsers, withPreludes } from "./visiting-users.ts";

/** One request as it is due; the object is the same one every time. */
export interface Due {
  phase: Phase;
  /** Number within its phase. */
  k: number;
  /** From the start of the window. */
  dueMs: Millis;
  /** Seat in a closed loop, NOBODY in an open one. */
  user: number;
  work: Assignment;
}

/** Who sends, and when: the traffic of a scenario in virtual time, with the arrivals and the demands of the live generator. */
export interface Users {
  /** When the next request is due that does not wait for an answer; infinity when there is none. */
  readonly nextMs: Millis;
  take(): Due;
  /**
   * A request was answered or given up: when its user comes back after its pause, null when it does not. The connection to a balancer
   * is never lost here, which alone would make a user without a session back off (`live/load/closed.ts`).
   */
  ended(flight: Pick<Flight, "phase" | "k" | "user">, atMs: Millis, verdict: Verdict): Millis | null;
  /** Number under which the user of the request that ended last comes back. */
  readonly seat: number;
  /** What that request was to its session. */
  readonly mark: number;
  /** A user is back. */
  again(seat: number, atMs: Millis): Due;
}

export const NOBODY = -1;

type Model = Pick<Scenario, "traffic" | "backends">;

export function createUsers(scenario: Model, capacity: number, seed: number): Users {
  const plan = mixOf(scenario);
  const played = spelledOut(scenario);
  if (plan === null) return createPlainUsers(played, capacity, seed);
  if (plan.sessions !== null)
    return createVisitingUsers(createVisitors(played.traffic, plan, capacity, seed));
  return withPreludes(createPlainUsers(played, capacity, seed), createPreludes(played.traffic, plan, seed));
}

function createPlainUsers({ traffic, backends }: Model, capacity: number, seed: number): Users {
  const window = createWork(traffic, backends.service, seed, "window");
  const warmup = createWork(traffic, backends.service, seed, "warmup");
  const due: Due = { phase: "window", k: 0, dueMs: 0, user: NOBODY, work: window.of(0) };
  const send = (user: number, phase: Phase, k: number, dueMs: Millis): Due => {
    due.phase = phase;
    due.k = k;
    due.dueMs = dueMs;
    due.user = user;
    due.work = (phase === "window" ? window : warmup).of(k);
    return due;
  };
  if (traffic.model === "open") {
    const arrivals = readTimetable(traffic, capacity, seed);
    const users = {
      nextMs: arrivals.dueUs / 1_000,
      take() {
        const { phase, k, dueUs } = arrivals;
        if (dueUs === Number.POSITIVE_INFINITY) throw new Error("every request has been sent");
        arrivals.step();
        users.nextMs = arrivals.dueUs / 1_000;
        return send(NOBODY, phase, k, dueUs / 1_000);
      },
      ended: () => null,
      seat: NOBODY,
      mark: 0,
      again: () => {
        throw new Error("nobody waits in an open loop");
      },
    };
    return users;
  }
  const { connections, duration } = traffic;
  const pauses = createThink(traffic, seed);
  const sent = { window: new Uint32Array(connections), warmup: new Uint32Array(connections) };
  const come = (user: number, dueMs: Millis): Due => {
    const phase = dueMs < 0 ? "warmup" : "window";
    const k = (sent[phase][user] as number) * connections + user;
    sent[phase][user]! += 1;
    return send(user, phase, k, dueMs);
  };
  // Spread over one pause, so that users who all think alike do not come as a herd.
  const startOf = (user: number): Millis => -traffic.warmup + (pauses.meanMs * user) / connections;
  let started = 0;
  const users = {
    seat: NOBODY,
    mark: 0,
    get nextMs() {
      return started < connections && startOf(started) < duration
        ? startOf(started)
        : Number.POSITIVE_INFINITY;
    },
    take() {
      const user = started++;
      return come(user, startOf(user));
    },
    ended({ user }: Pick<Flight, "user">, atMs: Millis) {
      users.seat = user;
      const last = (sent.window[user] as number) > 0 ? "window" : "warmup";
      const back = atMs + pauses.after(user, (sent[last][user] as number) - 1, last);
      return back < duration ? back : null;
    },
    again: come,
  };
  return users;
}
