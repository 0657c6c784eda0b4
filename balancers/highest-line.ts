import type { BackendIndex } from "./algorithm.ts";

/** Rising lines over whole-numbered turns, one a backend: which is the highest now; ties go to the lowest index. */
export interface HighestLine {
  /** The highest line at `turn`, which never goes back. */
  at(turn: number): BackendIndex;
  /** The line of the backend was changed at the turn asked for last. */
  changed(backend: BackendIndex): void;
}

/** The line of a backend: `value` at the turn `since`, and `slope` more at each turn after. */
export interface Lines {
  readonly slope: Float64Array;
  readonly value: Float64Array;
  readonly since: Float64Array;
}

/**
 * A kinetic tournament (Basch, Guibas, Hershberger, Data Structures for Mobile Data, 1999): a tree of pairwise winners in which every
 * node knows until which turn its subtree stays as it is. A change is O(log n); a turn touches only nodes whose time has come.
 * `backends` is in ascending order and not empty.
 */
export function createHighestLine(backends: readonly BackendIndex[], lines: Lines): HighestLine {
  const { slope, value, since } = lines;
  const leaves = 2 ** Math.ceil(Math.log2(backends.length));
  const winner = new Int32Array(2 * leaves).fill(-1);
  const expires = new Float64Array(2 * leaves).fill(Number.POSITIVE_INFINITY);
  const leafOf = new Map(backends.map((backend, at) => [backend, leaves + at]));
  let now = Number.NEGATIVE_INFINITY;

  const height = (backend: BackendIndex): number =>
    value[backend]! + slope[backend]! * (now - since[backend]!);

  const play = (node: number): void => {
    const [left, right] = [winner[2 * node]!, winner[2 * node + 1]!];
    const children = Math.min(expires[2 * node]!, expires[2 * node + 1]!);
    if (right === -1) {
      winner[node] = left;
      expires[node] = children;
      return;
    }
    const lead = height(left) - height(right);
    const [first, second] = lead >= 0 ? [left, right] : [right, left];
    winner[node] = first;
    const gain = slope[second]! - slope[first]!;
    // Rounded down: a look too early finds the same winner and looks again, one too late would miss a turn.
    const overtaken =
      gain > 0 ? now + Math.max(1, Math.floor(Math.abs(lead) / gain)) : Number.POSITIVE_INFINITY;
    expires[node] = Math.min(children, overtaken);
  };
  const refresh = (node: number): void => {
    if (node >= leaves || expires[node]! > now) return;
    refresh(2 * node);
    refresh(2 * node + 1);
    play(node);
  };

  for (const [backend, leaf] of leafOf) winner[leaf] = backend;
  return {
    at(turn) {
      const isFirst = now === Number.NEGATIVE_INFINITY;
      now = turn;
      if (isFirst) for (let node = leaves - 1; node >= 1; node--) play(node);
      else refresh(1);
      return winner[1]!;
    },
    changed(backend) {
      for (let node = leafOf.get(backend)! >>> 1; node >= 1; node >>>= 1) play(node);
    },
  };
}
