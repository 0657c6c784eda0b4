/** Markdown that shows what it is given, whatever that holds. */

/** Figures to the right; cells are escaped by the caller. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );
}

/** One line, without control characters. */
export const oneLine = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");

/** Text that Markdown shows as it is: no markup, no HTML, no mention, one line. */
export const text = (value: string): string =>
  oneLine(value)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/@/g, "&#64;")
    .replace(/[\\`*_{}[\]#|~$!]/g, "\\$&")
    .replace(/:\/\//g, "&#58;//");

/** A fence longer than any run of backticks inside. */
export function fence(content: string, language = ""): string {
  const longest = Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${content.split("\n").map(oneLine).join("\n")}\n${ticks}`;
}

export function code(value: string): string {
  const longest = Math.max(0, ...(value.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${oneLine(value)}${ticks}`;
}
