import { contestantName } from "./contestants.ts";
import type { TrialRecord } from "./record.ts";

/** A figure, but not part of a word (p99) nor the number of a backend. */
const FIGURE = /(?<![\w.]|backend )\d+(?:\.\d+)?(?![\w.]*[A-Za-z])/g;

interface Reason {
  readonly trial: TrialRecord;
  readonly text: string;
}

/**
 * Reasons of verdicts that say the same with other figures as one, with ranges: `backends answered late (5: lag p99 1.08 to 13.10 ms, limit
 * 1.07 ms)`. A reason of a single trial names it.
 */
export function groupReasons(trials: readonly TrialRecord[]): readonly string[] {
  const groups = new Map<string, Reason[]>();
  for (const trial of trials) {
    for (const text of trial.verdict.reasons) {
      const pattern = text.replace(FIGURE, "#");
      groups.set(pattern, [...(groups.get(pattern) ?? []), { trial, text }]);
    }
  }
  return [...groups.values()].sort((a, b) => b.length - a.length).map(sentenceOf);
}

function sentenceOf(reasons: readonly Reason[]): string {
  const text = withRanges(reasons.map((reason) => reason.text));
  const colon = text.indexOf(": ");
  const [what, detail] = colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 2)];
  const who = reasons.length === 1 ? nameOf(reasons[0]!.trial) : String(reasons.length);
  return `${what} (${detail === "" ? who : `${who}: ${detail}`})`;
}

const nameOf = (trial: TrialRecord): string =>
  `${contestantName(trial)}${trial.control ? ", the second of it" : ""}${trial.repeat > 1 ? `, repeat ${trial.repeat}` : ""}`;

/** Texts that differ in figures only, with the smallest and the largest where they differ. */
function withRanges(texts: readonly string[]): string {
  const figures = texts.map((text) => text.match(FIGURE) ?? []);
  let position = 0;
  return texts[0]!.replace(FIGURE, () => {
    const column = figures.map((row) => row[position]!).sort((a, b) => Number(a) - Number(b));
    position++;
    const [low, high] = [column[0]!, column[column.length - 1]!];
    return low === high ? low : `${low} to ${high}`;
  });
}
