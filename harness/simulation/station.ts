import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import { createService, type Deployment, type Service } from "../../backends/service.ts";
import { createTimetable } from "../../backends/timetable.ts";

/** How an attempt ends if nobody gives it up before; instants in ms from the start of the window. */
export interface Visit {
  readonly end: "answered" | "refused" | "closed";
  readonly atMs: Millis;
  /** Of the answer: the view's own unless a fault changed it. */
  readonly status: number;
  readonly queueMs: Millis;
  readonly serviceMs: Millis;
}

/** One backend in virtual time, as a balancer meets it. */
export interface Station {
  /** `now` must not decrease; `attempt` gives the stream of accidents of one attempt, asked for when there is one. */
  arrive(now: Millis, demandMs: Millis, attempt: () => Rng): Visit;
}

const OK = 200;

/**
 * The service model of `backends/service.ts` and its timetable of faults, with the connections around it: none while it is
 * dead, and those that were open are closed at the instant of its death. What waits in a FIFO dies with it.
 */
export function createStation(deployment: Deployment, faults: readonly FaultSpec[]): Station {
  const timetable = createTimetable(faults, 0);
  const deaths = faults
    .filter(({ type }) => type === "crash")
    .map(({ at, for: length }) => ({ fromMs: at, toMs: at + length }))
    .sort((a, b) => a.fromMs - b.fromMs);
  let next = 0;
  let service: Service = createService(deployment, timetable.standstills);

  const refused = (now: Millis): Visit => ({
    end: "refused",
    atMs: now,
    status: 0,
    queueMs: 0,
    serviceMs: 0,
  });
  return {
    arrive(now, demandMs, attempt) {
      for (let death = deaths[next]; death !== undefined && now >= death.fromMs; death = deaths[next]) {
        if (now < death.toMs) return refused(now);
        next += 1;
        service = createService(deployment, timetable.standstills);
      }
      // Sync workers share one FIFO; a gthread worker accepts into its own.
      const fifo = deployment.mode === "sync" ? 0 : service.accept(attempt().fork("accept").next());
      const { startMs, departureMs, played } = service.arrive(now, demandMs, fifo, (start) =>
        timetable.play(start, () => attempt().fork("fault")),
      );
      const killedMs = deaths[next]?.fromMs ?? Number.POSITIVE_INFINITY;
      const cut = played.hang === true || played.reset === true;
      return {
        end: cut || killedMs <= departureMs ? "closed" : "answered",
        atMs: Math.min(departureMs, killedMs),
        status: played.status ?? OK,
        queueMs: startMs - now,
        serviceMs: departureMs - startMs,
      };
    },
  };
}
