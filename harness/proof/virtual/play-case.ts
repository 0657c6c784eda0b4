import type { Scenario } from "../../../scenarios/scenario.ts";
import { OUTCOMES, type Row } from "../../rows.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { type Estimate, estimateOf } from "../batch-means.ts";
import { type Case, judge } from "../outcome.ts";
import type { Expectation, VirtualCase } from "./case.ts";
import { algorithmOf, playToEnd } from "./play-to-end.ts";

export const MEAN_MS = 10;
const OK = OUTCOMES.indexOf("ok");
const MOST_BATCHES = 24;
const LEAST_BATCHES = 8;
/** Of the expected value, whatever the standard error; three standard errors where those are more. */
const SHARE = 0.01;
const ERRORS = 3;
/** In a short run most bounds are standard errors, of 24 skewed batches at most: among 150 of those one beyond three is to be expected. */
const ERRORS_WHEN_SHORT = 4;
const SHORT = 0.25;
/** In a full run; it grows as a run gets shorter. Beyond, a wrong model could hide behind its own noise. */
const LARGEST_ERROR = 0.02;
const LITTLE = 0.005;

/** The clients' patience: nobody gives up. */
const ENDLESS = "100000s";

/** How long a queue remembers, in service times: the relaxation time of M/M/1, the longest of all rules. */
const memory = (load: number): number => (1 - Math.sqrt(load)) ** -2;

/** The scenario of a case with about `requests` requests in its window. */
export function toScenario(about: VirtualCase, requests: number): Scenario {
  const { backends, workers, load, service } = about;
  const perMs = (load * backends * workers) / MEAN_MS;
  return scenarioOf({
    backends: { count: backends, workers, ...(service === undefined ? {} : { service }) },
    traffic: {
      arrivals: { load },
      warmup: `${Math.round(Math.min(10 * MEAN_MS * memory(load), requests / perMs / 2))}ms`,
      duration: `${Math.ceil(requests / perMs)}ms`,
      timeout: ENDLESS,
    },
  });
}

export interface Effort {
  /** In (0, 1]: the share of a full run. */
  readonly effort: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Plays a case and judges mean, p99 and Little's law. */
export async function proveCase(
  about: VirtualCase,
  { effort, seed, signal }: Effort,
): Promise<readonly Case[]> {
  const scenario = toScenario(about, about.thousands * 1_000 * effort);
  const { duration } = scenario.traffic;
  // Batches that are shorter than what a queue remembers would not be independent.
  const independent = Math.floor(duration / MEAN_MS / (2 * memory(about.load)));
  const count = Math.min(MOST_BATCHES, Math.max(LEAST_BATCHES, independent));
  const batches = Array.from({ length: count }, (): number[] => []);
  let sumMs = 0;
  let requests = 0;
  const row = ({ dueUs, endedUs, outcome }: Row): void => {
    if (outcome !== OK) throw new Error(`${about.name}: a request ended as ${OUTCOMES[outcome]}`);
    const timeMs = (endedUs - dueUs) / 1_000;
    sumMs += timeMs;
    requests += 1;
    (batches[Math.floor((dueUs / 1_000 / duration) * count)] as number[]).push(timeMs / MEAN_MS);
  };
  const run = await playToEnd({ scenario, algorithm: algorithmOf(about.algorithm), seed }, { row }, signal);
  const id = `simulation/${about.name}`;
  return [
    ...about.expect.map((expectation) => judgeExpectation(id, about.title, expectation, batches, effort)),
    judge({
      id: `${id}/little`,
      title: `${about.title}: Little's law`,
      unit: "requests in flight",
      theory: (requests / duration) * (sumMs / requests),
      measured: run.inFlightMs / duration,
      bound: (LITTLE * sumMs) / duration,
      note: "L = lambda T; L integrated on its own",
    }),
  ];
}

function judgeExpectation(
  id: string,
  title: string,
  { statistic, theory, slack, source }: Expectation,
  batches: readonly (readonly number[])[],
  effort: number,
): Case {
  const value = statistic === "mean" ? meanOf : p99Of;
  const { error } = estimateOf(batches.map(value));
  const about = { id: `${id}/${statistic}`, title: `${title}: ${statistic}`, unit: "service times" };
  return judgeEstimate(
    { ...about, note: source },
    theory,
    slack,
    { value: value(batches.flat()), error },
    effort,
  );
}

type About = Pick<Case, "id" | "title" | "unit"> & { readonly note: string };

/** Within 1 % or three standard errors (four in a short run), and `slack`; fails when the standard error itself is too large to tell. */
export function judgeEstimate(
  about: About,
  theory: number,
  slack: number,
  { value, error }: Estimate,
  effort: number,
): Case {
  const errors = effort < SHORT ? ERRORS_WHEN_SHORT : ERRORS;
  const bound = Math.max(SHARE * theory, errors * error) + slack;
  const largest = (LARGEST_ERROR / Math.sqrt(effort)) * theory;
  const judged = judge({ ...about, theory, measured: value, bound, standardError: error });
  if (error <= largest) return judged;
  const note = `a standard error of ${error} is too large to tell; at most ${largest}`;
  return { ...judged, verdict: "fails", note };
}

function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function p99Of(values: readonly number[]): number {
  return Float64Array.from(values).sort()[Math.ceil(0.99 * values.length) - 1] as number;
}
