import { distance } from "fastest-levenshtein";

/** The candidate that a slip of the keyboard would explain, or null. */
export function nearest(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < bestDistance && steps < candidate.length) {
      best = candidate;
      bestDistance = steps;
    }
  }
  return best;
}

/** `unknown fault "crsh"; did you mean "crash"?`, or the names there are when none is near. */
export function unknownName(kind: string, name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  const advice = near === null ? `expected one of ${candidates.join(", ")}` : `did you mean "${near}"?`;
  return `unknown ${kind} ${JSON.stringify(name)}; ${advice}`;
}
