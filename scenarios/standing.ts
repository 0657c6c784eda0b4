/** Who is a backend, and with which weight, over the window of a scenario. */
import type { BackendCapacity } from "./capacity.ts";
import type { Scenario } from "./scenario.ts";

type Membership = Scenario["membership"];

/** Between two changes of membership. */
export interface Piece {
  /** Share of the window; those of all pieces add up to 1. */
  readonly length: number;
  /** Those that are there, with the weight that the balancer is told. */
  readonly there: readonly BackendCapacity[];
}

/** Who is added before anything else is done to it has not been there before; ids from 1. */
export function absentAtFirst(changes: Membership): readonly number[] {
  const moves = changes.filter(({ change }) => change !== "weight").toSorted((a, b) => a.at - b.at);
  const first = new Map(moves.toReversed().map(({ backend, change }) => [backend, change]));
  return [...first].filter(([, change]) => change === "add").map(([backend]) => backend);
}

/** In the order of time; one piece with all of `backends` where nothing changes. */
export function piecesOf(
  { membership, traffic }: Pick<Scenario, "membership" | "traffic">,
  backends: readonly BackendCapacity[],
): readonly Piece[] {
  const gone = new Set(absentAtFirst(membership));
  const weights = new Map<number, number>();
  const pieces: Piece[] = [];
  let fromMs = 0;
  const closeAt = (toMs: number): void => {
    const there = backends
      .filter(({ id }) => !gone.has(id))
      .map((backend) => ({ ...backend, weight: weights.get(backend.id) ?? backend.weight }));
    if (toMs > fromMs) pieces.push({ length: (toMs - fromMs) / traffic.duration, there });
    fromMs = toMs;
  };
  for (const one of membership.toSorted((a, b) => a.at - b.at)) {
    closeAt(one.at);
    if (one.change === "weight") weights.set(one.backend, one.weight);
    else gone[one.change === "add" ? "delete" : "add"](one.backend);
  }
  closeAt(traffic.duration);
  return pieces;
}
