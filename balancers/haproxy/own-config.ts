import { BalancerError, type BalancerSpec } from "../balancer.ts";
import { fillPlaceholders, hasPlaceholders, mapAddresses, type OwnConfig } from "../shared/own-config.ts";
import { globalLines, serverLines } from "./render.ts";

/** A section such as `backend web`, with the words of each of its lines. */
interface Section {
  readonly kind: string;
  readonly name: string;
  readonly head: string;
  readonly lines: readonly Line[];
}

interface Line {
  readonly words: readonly string[];
  readonly text: string;
}

const SECTION =
  /^(global|defaults|frontend|backend|listen|peers|resolvers|userlist|cache|program|ring|mailers|http-errors|fcgi-app)\b/;
/** How the process runs and where it writes is ours alone. */
const REPLACED_IN_GLOBAL =
  /^(daemon|master-worker|pidfile|chroot|user|group|uid|gid|log|stats\s+(socket|timeout)|maxconn|noreuseport|hard-stop-after)\b/;
const REPLACED_ELSEWHERE = /^(log|option\s+(httplog|tcplog|dontlognull|dontlog-normal))\b/;

/**
 * A user's own HAProxy configuration, on our address and our backends: by its placeholders, or else its `bind` and the addresses of its
 * `server` lines become ours in their order. Sections that only show statistics are left out. Throws BalancerError.
 */
export function renderOwnHaproxy(
  spec: BalancerSpec,
  own: OwnConfig,
): { readonly text: string; readonly servers: ReadonlyMap<string, number> } {
  const placed = hasPlaceholders(own.text);
  const sections = parseSections(own, placed ? fillPlaceholders(own, spec, serverLines(spec)) : own.text);
  const kept = sections.filter((section) => !isStatistics(section)).map(strip);
  const mapped = placed ? kept : mapSections(kept, own, spec);
  const text = [printGlobal(mapped, spec), ...mapped.filter(({ kind }) => kind !== "global").map(print)].join(
    "\n",
  );
  return { text, servers: backendsOf(mapped, spec) };
}

function parseSections(own: OwnConfig, text: string): readonly Section[] {
  const sections: { kind: string; name: string; head: string; lines: Line[] }[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const words = line.split(/\s+/);
    if (SECTION.test(line)) {
      sections.push({ kind: words[0]!, name: words[1] ?? "", head: line, lines: [] });
      continue;
    }
    const section = sections.at(-1);
    if (section === undefined)
      throw new BalancerError(`${own.path}:${index + 1}: "${words[0]}" stands outside any section`, "");
    section.lines.push({ words, text: line });
  }
  return sections;
}

function isStatistics({ kind, lines }: Section): boolean {
  const serves = lines.some(
    ({ words }) => words[0] === "server" || words[0] === "default_backend" || words[0] === "use_backend",
  );
  return (
    (kind === "listen" || kind === "frontend") && !serves && lines.some(({ words }) => words[0] === "stats")
  );
}

function strip(section: Section): Section {
  const replaced = section.kind === "global" ? REPLACED_IN_GLOBAL : REPLACED_ELSEWHERE;
  return { ...section, lines: section.lines.filter(({ text }) => !replaced.test(text)) };
}

function mapSections(sections: readonly Section[], own: OwnConfig, spec: BalancerSpec): readonly Section[] {
  const all = sections.flatMap(({ lines }) => lines);
  const binds = new Set(
    all
      .filter(({ words }) => words[0] === "bind")
      .map(({ words }) => (words[1] ?? "").replace(/^.*:(?=\d+$)/, "")),
  );
  if (binds.size !== 1) {
    const found = binds.size === 0 ? "has no bind line" : `binds several ports (${[...binds].join(", ")})`;
    throw new BalancerError(
      `${own.path}: ${found}; write "bind {{listen}}" at the one to test and {{backends}} at its servers`,
      "",
    );
  }
  const ours = mapAddresses(
    own,
    all.filter(isServer).map(({ words }) => words[2]!),
    spec,
  );
  return sections.map((section) => ({
    ...section,
    lines: dropRepeatedBinds(section.lines).map((line) => mapLine(line, ours, spec)),
  }));
}

/** `bind *:80` beside `bind :::80` is one address of ours. */
function dropRepeatedBinds(lines: readonly Line[]): readonly Line[] {
  const first = lines.find(({ words }) => words[0] === "bind");
  return lines.filter((line) => line.words[0] !== "bind" || line === first);
}

function mapLine(line: Line, ours: ReadonlyMap<string, string>, spec: BalancerSpec): Line {
  const [keyword, name = "", address = "", ...rest] = line.words;
  if (keyword === "bind")
    return toLine(["bind", `${spec.listen.host}:${spec.listen.port}`, ...line.words.slice(2)]);
  return isServer(line) ? toLine(["server", name, ours.get(address) ?? address, ...rest]) : line;
}

function toLine(words: readonly string[]): Line {
  return { words, text: words.join(" ") };
}

function isServer({ words }: Line): boolean {
  return words[0] === "server" && words.length >= 3;
}

function printGlobal(sections: readonly Section[], spec: BalancerSpec): string {
  const theirs = sections
    .filter(({ kind }) => kind === "global")
    .flatMap(({ lines }) => lines.map(({ text }) => text));
  const threads = theirs.some((text) => /^nbthread\b/.test(text));
  const added = globalLines(spec).filter((text) => !(threads && text.startsWith("nbthread")));
  return `global\n${[...added, ...theirs].map((text) => `  ${text}\n`).join("")}`;
}

function print({ head, lines }: Section): string {
  return `${head}\n${lines.map(({ text }) => `  ${text}\n`).join("")}`;
}

/** Backend of every `PROXY/SERVER`, by the address its line ended up with. */
function backendsOf(sections: readonly Section[], spec: BalancerSpec): ReadonlyMap<string, number> {
  const ids = new Map(spec.backends.map(({ id, host, port }) => [`${host}:${port}`, id]));
  const found = new Map<string, number>();
  for (const { name, lines } of sections) {
    for (const { words } of lines.filter(isServer)) {
      const id = ids.get(words[2]!);
      if (id !== undefined) found.set(`${name}/${words[1]}`, id);
    }
  }
  return found;
}
