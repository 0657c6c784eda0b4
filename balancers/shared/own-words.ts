/** The line in which NGINX or HAProxy says what is wrong, without its time stamp and process id; empty when there is none. */
export function ownWords(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const line =
    lines.find((text) => /\[emerg\]/.test(text)) ??
    lines.find((text) => /^\[ALERT\]/.test(text) && !/Fatal errors found/.test(text)) ??
    lines.find((text) => /error|cannot|failed|not found/i.test(text)) ??
    "";
  return line
    .replace(/^(\d{4}\/\d\d\/\d\d [\d:]+ |nginx: )?\[emerg\] (\d+#\d+: )?/, "")
    .replace(/^\[ALERT\]\s+(\S+ )?\(\d+\) : (config : )?(parsing \[[^\]]+\] : (?=parsing))?/, "");
}
