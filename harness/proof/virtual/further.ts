import { scenarioOf } from "../../simulation/sketch.ts";
import { type Case, judge } from "../outcome.ts";
import { closedShare } from "../theory.ts";
import { type Effort, MEAN_MS } from "./play-case.ts";
import { algorithmOf, playToEnd } from "./play-to-end.ts";

const CAPACITY = 4;
const USERS = 8;
const CLOSED_SECONDS = 3_000;

/** A closed network: users who never pause, random routing. */
export async function proveClosedLoop({ effort, seed, signal }: Effort): Promise<readonly Case[]> {
  const seconds = Math.ceil(CLOSED_SECONDS * effort);
  const scenario = scenarioOf({
    backends: { count: CAPACITY },
    traffic: {
      model: "closed",
      connections: USERS,
      warmup: "20s",
      duration: `${seconds}s`,
      timeout: "1000s",
    },
  });
  let requests = 0;
  const row = (): void => {
    requests += 1;
  };
  await playToEnd({ scenario, algorithm: algorithmOf("random"), seed }, { row }, signal);
  const capacity = (CAPACITY * 1_000) / MEAN_MS;
  const theory = closedShare(USERS, CAPACITY);
  return [
    judge({
      id: "simulation/closed-random",
      title: `closed network: ${USERS} users, random over ${CAPACITY}`,
      unit: "share of capacity",
      theory,
      measured: requests / seconds / capacity,
      bound: Math.max(0.01 * theory, 3 / Math.sqrt(requests)),
      note: "X = N/(N + n - 1)",
    }),
  ];
}

/** From the best to the worst at load 0.7; the first is one queue for all workers. */
const ORDER = [
  "least-connections",
  "power-of-five-choices",
  "power-of-three-choices",
  "power-of-two-choices",
  "round-robin",
  "random",
];
const ORDER_SECONDS = 1_000;

/** On one and the same traffic the rules come in their known order. */
export async function proveOrder({ effort, seed, signal }: Effort): Promise<readonly Case[]> {
  const traffic = {
    arrivals: { load: 0.7 },
    warmup: "5s",
    duration: `${Math.ceil(ORDER_SECONDS * effort)}s`,
  };
  const meanOf = async (backends: unknown, name: string): Promise<number> => {
    let sum = 0;
    let count = 0;
    const row = ({ dueUs, endedUs }: { readonly dueUs: number; readonly endedUs: number }): void => {
      sum += endedUs - dueUs;
      count += 1;
    };
    const scenario = scenarioOf({ backends, traffic: { ...traffic, timeout: "1000s" } });
    await playToEnd({ scenario, algorithm: algorithmOf(name), seed }, { row }, signal);
    return sum / count / 1_000 / MEAN_MS;
  };
  const times = [await meanOf({ count: 1, workers: 8 }, "round-robin")];
  for (const algorithm of ORDER) times.push(await meanOf({ count: 8 }, algorithm));
  const inversions = times.filter((time, at) => at > 0 && time <= (times[at - 1] as number)).length;
  const shown = ["central queue", ...ORDER].map((name, at) => `${name} ${times[at]?.toFixed(3)}`);
  return [
    judge({
      id: "simulation/order",
      title: "order of the rules on the same traffic, load 0.7",
      unit: "pairs out of order",
      theory: 0,
      measured: inversions,
      bound: 0,
      note: shown.join(" < "),
    }),
  ];
}
