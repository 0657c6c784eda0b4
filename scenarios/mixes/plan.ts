import type { DistributionSpec } from "#kernel/distribution.ts";
import { createDistribution } from "#kernel/distribution.ts";
import type { Millis } from "#kernel/units.ts";
import { assetsBefore, type Chain, createChain, expectedVisits, pageOf, type Visits } from "./chain.ts";
import type { Mix } from "./mix.ts";
import { findMix, type MixName } from "./registry.ts";

/** How a scenario plays a mix. */
export interface MixPlan {
  readonly mix: Mix;
  readonly chain: Chain;
  /** Null when it is played request by request, by weight. */
  readonly sessions: SessionPlan | null;
  /** Requests of each kind, by position in `mix.requests`: per session, or shares of all. */
  readonly frequency: readonly number[];
}

export interface SessionPlan {
  readonly think: DistributionSpec;
  /** Mean pages. */
  readonly length: number;
  readonly visits: Visits;
  /** Mean requests of one session. */
  readonly requests: number;
}

/** What a scenario says of it. */
export interface MixSettings {
  readonly mix: MixName;
  readonly sessions?:
    | "none"
    | { readonly think?: Millis | DistributionSpec | undefined; readonly length?: number | undefined }
    | undefined;
}

const plans = new Map<string, MixPlan>();

/** The same plan for the same settings: it takes milliseconds to make. */
export function planMix({ mix: name, sessions }: MixSettings): MixPlan {
  const key = JSON.stringify([name, sessions]);
  const plan = plans.get(key) ?? makePlan(name, sessions);
  plans.set(key, plan);
  return plan;
}

function makePlan(name: MixName, settings: MixSettings["sessions"]): MixPlan {
  const mix = findMix(name);
  const chain = createChain(mix);
  if (settings === "none") return { mix, chain, sessions: null, frequency: weightsOf(mix) };
  const length = settings?.length ?? mix.length;
  const visits = expectedVisits(chain, length);
  const frequency = requestsPerSession(chain, visits);
  const requests = frequency.reduce((sum, count) => sum + count, 0);
  return {
    mix,
    chain,
    sessions: { think: thinkOf(mix, settings?.think), length, visits, requests },
    frequency,
  };
}

/** Requests by the weights of the pages alone: whoever sends them has all that they need. */
function weightsOf({ requests, pages }: Mix): readonly number[] {
  return requests.map(({ name }) =>
    pages.reduce((sum, page) => sum + page.weight * page.requests.filter((each) => each === name).length, 0),
  );
}

function requestsPerSession(chain: Chain, visits: Visits): readonly number[] {
  const counts = chain.mix.requests.map(() => 0);
  for (const [state, times] of visits)
    for (const request of chain.play(pageOf(state), assetsBefore(state)).requests)
      counts[request] = (counts[request] as number) + times;
  return counts;
}

/** A duration scales the pauses of the mix to this mean. */
function thinkOf({ think }: Mix, given: Millis | DistributionSpec | undefined): DistributionSpec {
  if (given === undefined) return think;
  if (typeof given !== "number") return given;
  if (given === 0) return { type: "constant", value: 0 };
  const by = given / nominalMean(think);
  if (think.type === "exponential")
    return {
      type: "exponential",
      mean: think.mean * by,
      ...(think.max === undefined ? {} : { max: think.max * by }),
    };
  if (think.type === "uniform") return { type: "uniform", min: think.min * by, max: think.max * by };
  throw new Error(`pauses of type ${think.type} cannot be scaled`);
}

/** What its makers call the mean: before the cut, which takes 0.005 % off. */
const nominalMean = (think: DistributionSpec): Millis =>
  think.type === "exponential" ? think.mean : createDistribution(think).mean;
