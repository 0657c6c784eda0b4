/** Rules about mixes of visitors. */
import { formatDuration } from "#kernel/units.ts";
import { capacityOf, plannedRates } from "./capacity.ts";
import { isKeys } from "./merge.ts";
import type { Finding } from "./problem.ts";
import { mixOf } from "./requests.ts";
import type { Scenario } from "./scenario.ts";

const at = (key: string, message: string, atKey = true): Finding => ({
  path: ["traffic", key],
  atKey,
  message,
});

/** A mix says itself what is sent and how long its visitors pause: what a file says beside it would be ignored. */
export function mixConflicts(traffic: unknown): Finding[] {
  if (!isKeys(traffic)) return [];
  if (traffic.mix === undefined)
    return traffic.sessions === undefined
      ? []
      : [at("sessions", "sessions are of a mix: name one with traffic.mix")];
  const found: Finding[] = [];
  if (traffic.requests !== undefined)
    found.push(at("requests", `mix ${traffic.mix} has requests of its own: give requests or mix`));
  if (traffic.think !== undefined)
    found.push(at("think", "visitors of a mix pause between pages: say it with sessions.think"));
  return found;
}

const closedHasSessions = ({ traffic }: Scenario): Finding[] =>
  traffic.model === "closed" && traffic.sessions === "none"
    ? [
        at(
          "sessions",
          "users of a closed loop are in sessions: model: open plays a mix request by request",
          false,
        ),
      ]
    : [];

const SHORTEST_MS = 500;
/** Requests per second with which clients may get their tokens and logins. */
const MOST_PER_SECOND = 2_000;
/** Of a client that has nothing: a product, the basket, the page of the login and the login. */
const EACH = 4;

const warmupIsLongEnough = (scenario: Scenario): Finding[] => {
  const plan = mixOf(scenario);
  if (plan === null) return [];
  const { warmup, clients } = scenario.traffic;
  if (warmup < SHORTEST_MS)
    return [
      at(
        "warmup",
        `${formatDuration(warmup)} is too short for a mix: its visitors log in and fill their baskets in the warm-up; at least ${formatDuration(SHORTEST_MS)}`,
        false,
      ),
    ];
  const needed = (EACH * clients * 1_000) / MOST_PER_SECOND;
  if (plan.sessions !== null || warmup >= needed) return [];
  return [
    at(
      "warmup",
      `${clients} clients get a token, a basket and a login in the warm-up: that takes ${formatDuration(needed)}; lengthen it or have fewer clients`,
      false,
    ),
  ];
};

/** Sessions of the window are numbered with a third of 22 bits (`harness/traffic/visitor.ts`). */
const MOST_SESSIONS = 1_390_000;

const sessionsCanBeNumbered = (scenario: Scenario): Finding[] => {
  const plan = mixOf(scenario);
  const { traffic } = scenario;
  // A trace has not been read here, and no file holds as many.
  if (plan?.sessions == null || traffic.model === "closed" || traffic.arrivals.type === "trace") return [];
  const rates = plannedRates(scenario);
  if (rates === null) return [];
  const sessions = (rates.mean / plan.sessions.requests) * (scenario.traffic.duration / 1_000);
  if (sessions < MOST_SESSIONS) return [];
  const shown = Math.round(sessions).toLocaleString("en");
  return [
    at(
      "duration",
      `about ${shown} sessions would begin and at most ${MOST_SESSIONS.toLocaleString("en")} can be told apart: shorten it (capacity ${Math.round(capacityOf(scenario).perSecond)}/s)`,
      false,
    ),
  ];
};

export const mixRules = [closedHasSessions, warmupIsLongEnough, sessionsCanBeNumbered] as const;
