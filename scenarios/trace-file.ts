/** A recorded trace as a file has it: a line per request, its instant in seconds first. */

/** The instants in seconds as they stand, or what is wrong and in which line, from 1; null where the whole file is meant. */
export type ParsedTrace =
  | { readonly times: readonly number[] }
  | { readonly line: number | null; readonly problem: string };

const NUMBER = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;

/** Text or CSV to instants: a heading, empty lines and lines with `#` are skipped; what follows the first column is not read. Pure. */
export function parseTrace(text: string): ParsedTrace {
  const times: number[] = [];
  let headed = false;
  let lastLine = 0;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    if (/^\s*(#|$)/.test(raw)) continue;
    const field = (raw.trim().split(/[,;\t ]/)[0] ?? "").replace(/^"(.*)"$/, "$1").trim();
    if (!NUMBER.test(field)) {
      if (times.length > 0 || headed) {
        const shown = JSON.stringify(field.length > 40 ? `${field.slice(0, 37)}...` : field);
        return { line, problem: `expected an instant in seconds such as 12.5, got ${shown}` };
      }
      headed = true;
      continue;
    }
    const at = Number(field);
    const before = times.at(-1);
    if (before !== undefined && at < before) {
      const problem = `${field} comes after ${before} of line ${lastLine}: the instants must not go back; sort the file by time`;
      return { line, problem };
    }
    times.push(at);
    lastLine = line;
  }
  if (times.length > 0) return { times };
  return {
    line: null,
    problem: "no instant in it: expected a line per request, its instant in seconds first",
  };
}
