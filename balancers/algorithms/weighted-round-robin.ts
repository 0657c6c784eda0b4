import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment, BackendIndex } from "../algorithm.ts";
import { createHighestLine, type HighestLine } from "../highest-line.ts";

/**
 * Every pick credits each backend with its weight; the richest is chosen and pays the sum of the credits. A credit is a line over
 * the picks that rises by the weight, so a tournament of lines finds the richest without touching the others.
 */
function create({ size }: AlgorithmEnvironment): Algorithm {
  const credit = new Float64Array(size);
  const since = new Float64Array(size);
  let members = 0;
  let turn = 0;
  /** Null when it has to be built again: someone joined or left, or a pick went by without it. */
  let tournament: HighestLine | null = null;
  let inTournament: readonly BackendIndex[] = [];
  let total = 0;
  /** The weights of the tournament: in the pool they may have changed since. */
  let slope = new Float64Array(0);

  const settle = (): void => {
    for (const backend of inTournament) {
      credit[backend]! += slope[backend]! * (turn - since[backend]!);
      since[backend] = turn;
    }
    inTournament = [];
    tournament = null;
  };
  const enter = (eligible: readonly BackendIndex[], weight: Float64Array): HighestLine => {
    settle();
    slope = weight.slice();
    for (const backend of eligible) since[backend] = turn;
    total = eligible.reduce((sum, backend) => sum + weight[backend]!, 0);
    inTournament = eligible;
    return createHighestLine(eligible, { slope, value: credit, since });
  };

  return {
    joined() {
      members++;
      tournament = null;
    },
    left() {
      members--;
      tournament = null;
    },
    pick(_request, { eligible, weight }) {
      if (eligible.length !== members) {
        // Some were tried already: they neither earn nor pay.
        settle();
        return pickByScan(eligible, weight, credit);
      }
      tournament ??= enter(eligible, weight);
      turn++;
      const richest = tournament.at(turn);
      credit[richest]! += weight[richest]! * (turn - since[richest]!) - total;
      since[richest] = turn;
      tournament.changed(richest);
      return richest;
    },
  };
}

function pickByScan(
  eligible: readonly BackendIndex[],
  weight: Float64Array,
  credit: Float64Array,
): BackendIndex {
  let richest = eligible[0]!;
  let total = 0;
  for (const backend of eligible) {
    credit[backend]! += weight[backend]!;
    total += weight[backend]!;
    if (credit[backend]! > credit[richest]!) richest = backend;
  }
  credit[richest]! -= total;
  return richest;
}

export const algorithm: AlgorithmDefinition = {
  name: "weighted-round-robin",
  summary: "In turn by weight, evenly spread: a a b a c a a for 5:1:1.",
  reference: "smooth weighted round robin: NGINX, ngx_http_upstream_round_robin.c",
  family: "static",
  weighted: true,
  create,
};
