import { mean } from "#kernel/statistics.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { cut, estimateOf } from "../batch-means.ts";
import { type Case, judge, unmeasured } from "../outcome.ts";
import type { Bench, Played } from "./bench.ts";

const BATCHES = 20;
/** Standard errors: 99.9 % of differences of nothing lie within. */
const ERRORS = 3.3;
const ABOUT = { id: "live/null", title: "null test: the same contestant twice" };

export interface NullOptions {
  readonly balancer: string;
  readonly durationMs: number;
}

/** One contestant plays as two, with two seeds, in the order A B B A. */
export async function proveNull(
  bench: Bench,
  { balancer, durationMs }: NullOptions,
): Promise<readonly Case[]> {
  const contestant = `${balancer}/round-robin`;
  const scenario = scenarioOf({
    name: "null",
    title: "The same contestant twice",
    backends: { count: 20, service: { type: "exponential", mean: "100ms" } },
    traffic: { arrivals: { load: 0.5 }, warmup: "1s", duration: `${durationMs}ms`, timeout: "10s" },
    contestants: { balancers: [balancer], algorithms: ["round-robin"], control: contestant },
  });
  const { played } = await bench.play(scenario, { repeat: 2 });
  return [judgeNull(contestant, played)];
}

function judgeNull(contestant: string, played: readonly Played[]): Case {
  const broken = played.flatMap((each) => each.broken);
  if (broken.length > 0) return unmeasured(ABOUT, "fails", broken.join("; "));
  const pairs = [1, 2].map((repeat) => {
    const [one, other] = [false, true].map((control) =>
      played.find(({ trial }) => trial.repeat === repeat && trial.contestant.control === control),
    );
    if (one === undefined || other === undefined) throw new Error(`${contestant} did not play twice`);
    return differencesMs(one, other);
  });
  return judge({
    ...ABOUT,
    unit: "ms",
    theory: 0,
    ...intervalOf(pairs),
    strain: played.flatMap((each) => each.strain),
  });
}

/** Latency of request k with the one minus with the other. */
function differencesMs(one: Played, other: Played): readonly number[] {
  return one.rows.map((row, at) => {
    const twin = other.rows[at];
    if (twin?.k !== row.k) throw new Error(`request ${row.k} was not played by both`);
    return (row.endedUs - row.dueUs - (twin.endedUs - twin.dueUs)) / 1_000;
  });
}

/** The mean difference, and the interval around nothing: from batches of time and from what two pairs of instances differ by. */
export function intervalOf(pairs: readonly (readonly number[])[]): {
  readonly measured: number;
  readonly bound: number;
  readonly standardError: number;
  readonly note: string;
} {
  const within = pairs.map((pair) => estimateOf(cut(pair, BATCHES).map(mean)));
  const between = estimateOf(within.map(({ value }) => value));
  const inBatches = Math.hypot(...within.map(({ error }) => error)) / pairs.length;
  const standardError = Math.hypot(inBatches, between.error);
  const shown = within.map(({ value }) => `${value.toFixed(3)} ms`).join(" and ");
  return {
    measured: between.value,
    bound: ERRORS * standardError,
    standardError,
    note: `${shown} with two seeds, request by request; interval of ${ERRORS} standard errors`,
  };
}
