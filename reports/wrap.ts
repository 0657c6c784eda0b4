/** Lines of at most `width` characters; a longer word stays whole, a number stays with its unit. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replace(/(\d) (ms|s|µs|%)(?![\w])/g, "$1\u00a0$2").split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => line.replaceAll("\u00a0", " "));
}
