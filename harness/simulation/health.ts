import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { NO_K, UNTIMED_DEMAND_MS } from "../../backends/protocol.ts";
import type { BackendIndex } from "../../balancers/algorithm.ts";
import type { Dispatcher } from "../../balancers/dispatcher.ts";
import { createHealthJudge, HEALTHY_BELOW } from "../../balancers/health-judge.ts";
import { NATIVE } from "../../balancers/parity.ts";
import type { Background } from "./background.ts";
import type { Fleet, Visit, Work } from "./fleet.ts";
import type { Stations } from "./stations.ts";
import type { Caller } from "./trouble.ts";

/** Of `ok`. */
const HEALTH_BYTES = 2;

export interface Checks {
  readonly fleet: Fleet;
  /** None where every departure is known on arrival. */
  readonly stations?: Stations | null;
  readonly dispatcher: Dispatcher;
  readonly background: Background;
  readonly rule: {
    readonly intervalMs: Millis;
    readonly timeoutMs: Millis;
    readonly rise: number;
    readonly fall: number;
  };
  readonly hopMs: Millis;
  readonly startsAt: Millis;
}

const CHECK: Work = { demandMs: UNTIMED_DEMAND_MS, ioMs: 0, gilFreeMs: 0, clientMs: 0 };
const passes = ({ end, status }: Pick<Visit, "end" | "status">): boolean =>
  end === "answered" && status < HEALTHY_BELOW;

/** Active checks of one balancer, as `balancers/builtin/health.ts` makes them: a check waits for a worker like any request. */
export function checkHealth(checks: Checks, size: number): void {
  for (let backend = 0; backend < size; backend++) checkOne(checks, backend);
}

function checkOne(
  { fleet, stations = null, dispatcher, background, rule, hopMs, startsAt }: Checks,
  backend: BackendIndex,
): void {
  const judge = createHealthJudge(rule);
  const accidents = createRng("checks").fork(backend);
  let isProbing = false;
  let checked = 0;
  const caller: Caller = {
    accidents: () => accidents.fork(checked),
    k: NO_K,
    method: "GET",
    path: NATIVE.health.path,
    answerBytes: () => HEALTH_BYTES,
  };

  const follow = (passed: boolean, now: Millis): void => {
    isProbing = false;
    const verdict = judge(passed);
    if (verdict === "joins") dispatcher.join(backend, now);
    if (verdict === "leaves") dispatcher.leave(backend, now);
  };
  const look = (now: Millis): void => {
    background.plan(now + rule.intervalMs, look);
    if (isProbing) return;
    isProbing = true;
    checked += 1;
    const { ticket, end, atMs, status } = fleet.arrive(backend, now + hopMs, CHECK, caller);
    const givenUpMs = now + rule.timeoutMs;
    if (ticket !== 0) {
      let isOver = false;
      const once = (passed: boolean, then: Millis): void => {
        if (!isOver) follow(passed, then);
        isOver = true;
      };
      stations?.whenLeft(ticket, (left) => once(passes(left), left.atMs + hopMs));
      background.plan(givenUpMs, (then) => once(false, then));
      return;
    }
    const passed = passes({ end, status });
    const endMs = atMs + hopMs;
    background.plan(Math.min(endMs, givenUpMs), (then) => follow(passed && endMs < givenUpMs, then));
  };
  background.plan(startsAt, look);
}
