import assert from "node:assert/strict";
import { test } from "node:test";
import {
  choicesLaw,
  fluidShares,
  fullestOfChoices,
  fullestOfOneChoice,
  multinomialLaw,
} from "./occupancy.ts";

const near = (value: number, expected: number, within: number): void =>
  assert.ok(Math.abs(value - expected) <= within, `${value}, expected ${expected}`);

/** Mean of the fullest bin over every way in which the balls can land, each bin weighed by what `chance` gives it. */
function enumerate(
  counts: readonly number[],
  balls: number,
  chance: (counts: readonly number[]) => number[],
): number {
  if (balls === 0) return Math.max(...counts);
  return chance(counts).reduce((sum, weight, bin) => {
    if (weight === 0) return sum;
    const grown = counts.map((count, at) => count + (at === bin ? 1 : 0));
    return sum + weight * enumerate(grown, balls - 1, chance);
  }, 0);
}

/** Two different bins, the emptier one, ties even. */
function chanceOfTwo(counts: readonly number[]): number[] {
  const chances = counts.map(() => 0);
  const pair = 2 / (counts.length * (counts.length - 1));
  for (const [a, inA] of counts.entries()) {
    for (const [b, inB] of counts.entries()) {
      if (a >= b) continue;
      chances[a]! += pair * (inA < inB ? 1 : inA > inB ? 0 : 0.5);
      chances[b]! += pair * (inB < inA ? 1 : inB > inA ? 0 : 0.5);
    }
  }
  return chances;
}

test("the fullest of few bins is what counting every case gives", () => {
  const even = (counts: readonly number[]) => counts.map(() => 1 / counts.length);
  near(fullestOfOneChoice(3, 7).mean, enumerate([0, 0, 0], 7, even), 1e-9);
  near(fullestOfChoices(3, 7, 1).mean, enumerate([0, 0, 0], 7, even), 1e-9);
  near(fullestOfChoices(4, 6, 2).mean, enumerate([0, 0, 0, 0], 6, chanceOfTwo), 1e-9);
});

test("the transform and the dynamic program agree on one choice, at every number of balls", () => {
  const counted = choicesLaw(8, 30, 1);
  for (const [k, within] of multinomialLaw(8, 30).entries()) near(within, counted[k] ?? 1, 1e-7);
});

test("one choice has the published means of the fullest, for bins and for sessions", () => {
  near(fullestOfOneChoice(100, 100).mean, 4.26, 0.05);
  near(fullestOfOneChoice(1_000, 1_000).mean, 5.5, 0.05);
  near(fullestOfOneChoice(10_000, 10_000).mean, 6.72, 0.06);
  for (const [sessions, ratio] of [
    [50, 1.6],
    [200, 1.3],
    [1_000, 1.13],
  ] as const)
    near((fullestOfOneChoice(8, sessions).mean * 8) / sessions, ratio, 0.01);
});

test("two choices have the published means, and a gap that does not grow with the balls", () => {
  near(fullestOfChoices(100, 100, 2).mean, 2.58, 0.03);
  const gap = fullestOfChoices(10, 100, 2).mean - 10;
  near(fullestOfChoices(10, 200, 2).mean - 20, gap, 1e-3);
  assert.ok(gap > 1 && gap < 2, `${gap}`);
});

test("shares of the fluid limit add up to the balls, and one choice fills as Poisson says", () => {
  const shares = fluidShares(2, 6);
  near(
    shares.reduce((sum, share) => sum + share, 0),
    1,
    1e-6,
  );
  near(fluidShares(1, 3)[0]!, 1 - Math.exp(-1), 1e-9);
  near(fluidShares(1, 3)[1]!, 1 - 2 * Math.exp(-1), 1e-9);
});
