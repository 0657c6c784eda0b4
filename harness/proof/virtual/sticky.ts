/** How evenly sessions that stay where they began spread over backends. */
import type { Scenario } from "../../../scenarios/scenario.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { fullestOfOneChoice } from "../occupancy.ts";
import { type Case, judge } from "../outcome.ts";
import { judgeFullest } from "./fullest.ts";
import type { Effort } from "./play-case.ts";
import { algorithmOf, playToEnd } from "./play-to-end.ts";

const BACKENDS = 8;
const SIZES = [
  { sessions: 50, trials: 2_000 },
  { sessions: 200, trials: 1_000 },
  { sessions: 1_000, trials: 400 },
  { sessions: 10_000, trials: 40 },
];
const LEAST_TRIALS = 10;
/** Between two requests, of whomever: twice what a request takes, so that no two are ever in flight together. */
const GAP_MS = 2;

/** Where a session begins is drawn evenly: by the tie of least-connections when nothing is in flight, or by the hash of its name. */
const RULES = [
  { algorithm: "sticky-cookie", hashKey: "client-address", title: "sticky-cookie on idle backends" },
  { algorithm: "rendezvous", hashKey: "header:x-session", title: "sessions by a hash of their name" },
] as const;

/** Every session sends twice, in turn. */
function toScenario(sessions: number, hashKey: string): Scenario {
  const round = GAP_MS * sessions;
  return scenarioOf({
    backends: { count: BACKENDS, service: { type: "constant", value: `${GAP_MS / 2}ms` } },
    traffic: {
      model: "closed",
      connections: sessions,
      clients: sessions,
      think: `${round}ms`,
      warmup: "0ms",
      duration: `${2 * round}ms`,
      requests: [{ name: "page", headers: { "X-Session": "{client}" } }],
    },
    contestants: { hashKey },
  });
}

/** The names of a trial are its own, so that their hashes are. */
function named({ traffic, ...rest }: Scenario, seed: number): Scenario {
  const requests = traffic.requests.map((request) => ({
    ...request,
    headers: { "X-Session": `${seed}-{client}` },
  }));
  return { ...rest, traffic: { ...traffic, requests } };
}

export async function proveSticky(effort: Effort): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const { algorithm, hashKey, title } of RULES) {
    let moved = 0;
    for (const { sessions, trials } of SIZES) {
      const scenario = toScenario(sessions, hashKey);
      const fullest: number[] = [];
      for (let trial = 0; trial < Math.max(LEAST_TRIALS, Math.ceil(trials * effort.effort)); trial++) {
        const found = await playSessions(scenario, algorithm, sessions, 10_000 * effort.seed + trial, effort);
        fullest.push(found.fullest);
        moved += found.moved;
      }
      cases.push(
        judgeFullest(
          {
            id: `simulation/sticky-${algorithm}-${sessions}`,
            title: `${title}: fullest of ${BACKENDS}, ${sessions} sessions`,
            theory: fullestOfOneChoice(BACKENDS, sessions),
            even: sessions / BACKENDS,
            note: "multinomial, exact: Poisson given its sum",
          },
          fullest,
        ),
      );
    }
    cases.push(
      judge({
        id: `simulation/sticky-${algorithm}-moved`,
        title: `${title}: sessions that moved`,
        unit: "sessions",
        theory: 0,
        measured: moved,
        bound: 0,
        note: "a second request goes where the first went",
      }),
    );
  }
  return cases;
}

async function playSessions(
  scenario: Scenario,
  algorithm: string,
  sessions: number,
  seed: number,
  { signal }: Effort,
): Promise<{ readonly fullest: number; readonly moved: number }> {
  const home = new Int32Array(sessions);
  const held = new Int32Array(BACKENDS);
  let moved = 0;
  const row = ({ client, backend }: { readonly client: number; readonly backend: number }): void => {
    if (home[client] === 0) {
      home[client] = backend;
      held[backend - 1]! += 1;
    } else if (home[client] !== backend) moved += 1;
  };
  const played = { scenario: named(scenario, seed), algorithm: algorithmOf(algorithm), seed };
  const run = await playToEnd(played, { row }, signal);
  if (run.ended !== 2 * sessions) throw new Error(`${run.ended} requests of ${sessions} sessions`);
  return { fullest: held.reduce((most, count) => Math.max(most, count), 0), moved };
}
