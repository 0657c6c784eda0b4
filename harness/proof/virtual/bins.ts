/** Balls into bins: requests that all stay in flight, and the backend that holds the most of them. */
import { mean } from "#kernel/statistics.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { fluidShares, fullestOfChoices, fullestOfOneChoice } from "../occupancy.ts";
import { type Case, judge } from "../outcome.ts";
import { judgeFullest } from "./fullest.ts";
import type { Effort } from "./play-case.ts";
import { algorithmOf, playToEnd } from "./play-to-end.ts";

const LEAST_TRIALS = 10;
const ONE = "random";
const TWO = "power-of-two-choices";

interface Throw {
  readonly algorithm: string;
  readonly bins: number;
  readonly balls: number;
  /** Of a full run. */
  readonly trials: number;
}

/** The first answer comes after the last request. */
function toScenario(bins: number, balls: number): Scenario {
  return scenarioOf({
    backends: { count: bins, service: { type: "constant", value: "1s" } },
    traffic: {
      arrivals: { type: "constant", rate: balls * 10 },
      warmup: "0ms",
      duration: "100ms",
      timeout: "100000s",
    },
  });
}

/** Balls of each bin, trial by trial. */
async function throwBalls(
  { algorithm, bins, balls, trials }: Throw,
  { effort, seed, signal }: Effort,
): Promise<readonly Int32Array[]> {
  const scenario = toScenario(bins, balls);
  const found: Int32Array[] = [];
  for (let trial = 0; trial < Math.max(LEAST_TRIALS, Math.ceil(trials * effort)); trial++) {
    const held = new Int32Array(bins);
    const attempt = (backend: number): void => {
      held[backend - 1]! += 1;
    };
    const played = { scenario, algorithm: algorithmOf(algorithm), seed: 1_000 * seed + trial };
    const run = await playToEnd(played, { attempt }, signal);
    if (run.scheduled !== balls) throw new Error(`${run.scheduled} requests instead of ${balls}`);
    found.push(held);
  }
  return found;
}

const ONE_CHOICE = [
  { bins: 100, trials: 4_000 },
  { bins: 1_000, trials: 500 },
  { bins: 10_000, trials: 60 },
];
/** Beyond, the dynamic program takes minutes; the fluid limit holds those. */
const TWO_CHOICES = [
  { bins: 100, balls: 100, trials: 4_000 },
  { bins: 1_000, balls: 1_000, trials: 500 },
];
const DEEP = { bins: 10, balls: 1_000, trials: 400 };
/** From so many balls on the gap has its final law, to three digits. */
const SETTLED_BALLS = 200;
const FLUID = { algorithm: TWO, bins: 10_000, balls: 10_000, trials: 60 };
const FLUID_LEVELS = [2, 3];
const ERRORS = 3;

export async function proveOneChoice(effort: Effort): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const { bins, trials } of ONE_CHOICE) {
    const thrown = await throwBalls({ algorithm: ONE, bins, balls: bins, trials }, effort);
    cases.push(
      judgeFullest(
        {
          id: `simulation/bins-1-${bins}`,
          title: `random: fullest of ${bins} with as many requests in flight`,
          theory: fullestOfOneChoice(bins, bins),
          even: 1,
          note: "multinomial, exact: Poisson given its sum",
        },
        thrown.map(fullestOf),
      ),
    );
  }
  return cases;
}

export async function proveTwoChoices(effort: Effort): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const { bins, balls, trials } of TWO_CHOICES) {
    const thrown = await throwBalls({ algorithm: TWO, bins, balls, trials }, effort);
    cases.push(
      judgeFullest(
        {
          id: `simulation/bins-2-${bins}`,
          title: `two choices: fullest of ${bins} with as many requests in flight`,
          theory: fullestOfChoices(bins, balls, 2),
          even: balls / bins,
          note: "exact, by a dynamic program on occupancy counts",
        },
        thrown.map(fullestOf),
      ),
    );
  }
  return [...cases, await proveGap(effort), ...(await proveFluid(effort))];
}

/** Many balls: what the fullest holds above the mean does not grow with them. */
async function proveGap(effort: Effort): Promise<Case> {
  const { bins, balls } = DEEP;
  const thrown = await throwBalls({ algorithm: TWO, ...DEEP }, effort);
  const settled = fullestOfChoices(bins, SETTLED_BALLS, 2);
  const gap = { mean: settled.mean - SETTLED_BALLS / bins, deviation: settled.deviation };
  return {
    ...judgeFullest(
      {
        id: "simulation/bins-2-gap",
        title: `two choices: fullest of ${bins} above the mean, ${balls} requests in flight`,
        theory: gap,
        even: 1,
        note: `as with ${SETTLED_BALLS} requests, by the dynamic program: the gap does not grow`,
      },
      thrown.map((held) => fullestOf(held) - balls / bins),
    ),
    unit: "requests",
  };
}

/** Shares of the bins that hold at least so many. The shares of one trial vary less than independent bins would. */
async function proveFluid(effort: Effort): Promise<readonly Case[]> {
  const { bins } = FLUID;
  const thrown = await throwBalls(FLUID, effort);
  const shares = fluidShares(2, Math.max(...FLUID_LEVELS) + 3);
  return FLUID_LEVELS.map((level) => {
    const theory = shares[level - 1]!;
    const measured = mean(thrown.map((held) => held.filter((balls) => balls >= level).length / bins));
    const standardError = Math.sqrt((theory * (1 - theory)) / bins / thrown.length);
    return judge({
      id: `simulation/bins-2-fluid-${level}`,
      title: `two choices: ${bins} backends with as many requests, share with at least ${level}`,
      unit: "share",
      theory,
      measured,
      bound: ERRORS * standardError,
      standardError,
      note: "fluid limit: ds_i/dt = s_(i-1)^2 - s_i^2 (Mitzenmacher 1996)",
    });
  });
}

const fullestOf = (held: Int32Array): number => held.reduce((most, balls) => Math.max(most, balls), 0);
