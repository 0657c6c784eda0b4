/** One directive of an NGINX configuration; `args` as written, quotes included; `block` null when it ends with a semicolon. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Directive[] | null;
  /** From 1. */
  readonly line: number;
}

interface Token {
  readonly text: string;
  readonly line: number;
}

/** A configuration that is not NGINX's grammar; `message` says what, `line` where. */
export class ConfigSyntaxError extends Error {
  override name = "ConfigSyntaxError";
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** Blank, comment, punctuation, or a word that may hold quotes, escapes and variables in braces. */
const TOKEN =
  /(\s+)|(#[^\n]*)|([;{}])|("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|(?:\$\{[^}]*\}|\\[\s\S]|[^\s;{}"'\\])(?:\$\{[^}]*\}|\\[\s\S]|[^\s;{}\\])*)/y;

/** Directives of a configuration, comments left out; throws ConfigSyntaxError. */
export function parseConfig(text: string): readonly Directive[] {
  const tokens = tokenize(text);
  let position = 0;
  const parseBlock = (openedAt: number | null): Directive[] => {
    const directives: Directive[] = [];
    let words: Token[] = [];
    for (; position < tokens.length; position++) {
      const token = tokens[position] as Token;
      const [head, ...rest] = words;
      if (token.text === "}") {
        if (openedAt === null) throw new ConfigSyntaxError('unexpected "}"', token.line);
        if (head) throw new ConfigSyntaxError(`"${head.text}" is not ended by ";"`, head.line);
        return directives;
      }
      if (token.text !== ";" && token.text !== "{") {
        words.push(token);
        continue;
      }
      if (head === undefined) throw new ConfigSyntaxError(`unexpected "${token.text}"`, token.line);
      if (token.text === "{") position++;
      const block = token.text === "{" ? parseBlock(token.line) : null;
      directives.push({ name: head.text, args: rest.map((word) => word.text), block, line: head.line });
      words = [];
    }
    if (openedAt !== null) throw new ConfigSyntaxError('"{" is never closed', openedAt);
    if (words[0]) throw new ConfigSyntaxError(`"${words[0].text}" is not ended by ";"`, words[0].line);
    return directives;
  };
  return parseBlock(null);
}

/** The same directives as text, two spaces a level. */
export function printConfig(directives: readonly Directive[], indent = ""): string {
  return directives
    .map(({ name, args, block }) => {
      const head = indent + [name, ...args].join(" ");
      return block === null ? `${head};\n` : `${head} {\n${printConfig(block, `${indent}  `)}${indent}}\n`;
    })
    .join("");
}

/** A directive of ours, written as one line of configuration. */
export function directive(line: string): Directive {
  return parseConfig(line)[0] as Directive;
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null)
      throw new ConfigSyntaxError(`cannot read ${JSON.stringify(text.slice(at, at + 20))}`, line);
    const word = match[3] ?? match[4];
    if (word !== undefined) tokens.push({ text: word, line });
    line += match[0].split("\n").length - 1;
  }
  return tokens;
}
