/** Names with any number of choices: `power-of-4-choices`, `power-of-4-choices-with-replacement`. */
export interface Choices {
  /** From 2 to MOST_CHOICES. */
  readonly choices: number;
  readonly withReplacement: boolean;
}

export const MOST_CHOICES = 1_000;

const NAME = /^power-of-(\d+)-choices(-with-replacement)?$/;
const LIKE = /^power-of-(-?[\d.]+)-choices/;
/** Numbers that have a file and a name of their own. */
const WORDS: Readonly<Record<string, string>> = {
  "power-of-2-choices": "power-of-two-choices",
  "power-of-2-choices-with-replacement": "power-of-two-choices-with-replacement",
  "power-of-3-choices": "power-of-three-choices",
  "power-of-5-choices": "power-of-five-choices",
};

/** Null for any other name, also for one with a number that cannot be. */
export function readChoicesName(name: string): Choices | null {
  const match = NAME.exec(name);
  const choices = Number(match?.[1]);
  if (match === null || choices < 2 || choices > MOST_CHOICES || String(choices) !== match[1]) return null;
  return { choices, withReplacement: match[2] !== undefined };
}

/** One rule has one name: the one in words where there is one. */
export function canonicalChoices(name: string): string {
  return WORDS[name] ?? name;
}

/** What is wrong with a number of choices; null for a right one and for other names. */
export function choicesProblem(name: string): string | null {
  const choices = LIKE.exec(name)?.[1];
  if (choices === undefined || readChoicesName(canonicalChoices(name)) !== null || WORDS[name] !== undefined)
    return null;
  return NAME.test(name) || Number.isNaN(Number(choices)) || !Number.isInteger(Number(choices))
    ? `${name}: the number of choices is a whole number from 2 to ${MOST_CHOICES}`
    : `${name}: write power-of-${choices}-choices or power-of-${choices}-choices-with-replacement`;
}
