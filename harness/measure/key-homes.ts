import type { Impact } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import type { Timeline } from "./timeline.ts";

/** Number of the key of a request, from 0 on; null for one without. */
export type KeyOf = (client: number, type: number) => number | null;

export interface KeyHomes {
  readonly visit: (row: Row) => void;
  finish(): Impact["keysMoved"];
}

const OK = OUTCOMES.indexOf("ok");
const PHASES = ["before", "during", "after"] as const;

/** One vote for each key and phase. */
interface Vote {
  backend: number;
  lead: number;
}

/**
 * Which backend most answers of a key came from, phase by phase, by majority vote: R. S. Boyer and J S. Moore, MJRTY (1981); a retry
 * elsewhere does not count as a move.
 */
export function createKeyHomes(timeline: Timeline, keyOf: KeyOf, faulty: ReadonlySet<number>): KeyHomes {
  const votes = { before: [] as Vote[], during: [] as Vote[], after: [] as Vote[] };
  return {
    visit({ dueUs, outcome, backend, client, type }) {
      const phase = timeline.phaseAt(dueUs / 1_000);
      if (phase === "between" || outcome !== OK || backend === 0) return;
      const key = keyOf(client, type);
      if (key === null) return;
      votes[phase][key] ??= { backend, lead: 0 };
      cast(votes[phase][key] as Vote, backend);
    },
    finish() {
      const [before, during, after] = PHASES.map((name) => votes[name]) as [Vote[], Vote[], Vote[]];
      const whole = before.map((vote) => (faulty.has(vote.backend) ? undefined : vote));
      return {
        keys: both(before, during).length,
        during: moved(before, during),
        needless: moved(whole, during),
        after: moved(before, after),
      };
    },
  };
}

function cast(vote: Vote, backend: number): void {
  if (vote.lead === 0) vote.backend = backend;
  vote.lead += vote.backend === backend ? 1 : -1;
}

type Votes = readonly (Vote | undefined)[];

/** Keys that were answered in both phases. */
function both(earlier: Votes, later: Votes): readonly (readonly [from: number, to: number])[] {
  return Array.from(earlier).flatMap((vote, key) => {
    const then = later[key];
    return vote === undefined || then === undefined ? [] : [[vote.backend, then.backend] as const];
  });
}

function moved(earlier: Votes, later: Votes): number | null {
  const pairs = both(earlier, later);
  return pairs.length === 0 ? null : pairs.filter(([from, to]) => from !== to).length / pairs.length;
}
