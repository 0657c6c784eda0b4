import Table from "cli-table3";
import { faults } from "../../backends/faults/registry.ts";
import { algorithms } from "../../balancers/algorithms/registry.ts";
import { overlays } from "../../balancers/overlays/registry.ts";
import { balancers } from "../../balancers/registry.ts";
import { wrap } from "../../reports/wrap.ts";
import { describeLibrary, lengthText } from "../../scenarios/describe.ts";
import { unknownName } from "../../scenarios/nearest.ts";
import { EXIT, type Io } from "../io.ts";
import { UsageError } from "../trial.ts";

export const TOPICS = ["balancers", "algorithms", "overlays", "scenarios", "faults"] as const;
type Topic = (typeof TOPICS)[number];

/** Stands for a family without a file for each. */
const ANY_CHOICES = {
  name: "power-of-4-choices",
  summary:
    "The same with four, or any number from 2 to 1,000; -with-replacement at the end where one may be drawn twice.",
};

type Item = Readonly<Record<string, unknown>>;

interface Listing {
  /** What `--json` prints. */
  readonly items: readonly Item[];
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Prints what there is, of one topic or of all. Gives the exit code. */
export async function listCommand(
  topic: string | undefined,
  options: { readonly json?: boolean },
  io: Io,
): Promise<number> {
  const topics = TOPICS.filter((candidate) => topic === undefined || candidate === topic);
  if (topics.length === 0) throw new UsageError(unknownName("topic", topic ?? "", TOPICS));
  const listings = new Map<Topic, Listing>();
  for (const wanted of topics) listings.set(wanted, await LISTINGS[wanted]());
  if (options.json) {
    const all = Object.fromEntries([...listings].map(([name, { items }]) => [name, items]));
    io.stdout.write(`${JSON.stringify(topic === undefined ? all : all[topic], null, 2)}\n`);
    return EXIT.fine;
  }
  for (const [name, listing] of listings) {
    if (topic === undefined) io.stdout.write(`${name}\n`);
    io.stdout.write(`${draw(listing, io.stdout.columns ?? DEFAULT_WIDTH)}\n`);
  }
  return EXIT.fine;
}

const DEFAULT_WIDTH = 120;
const NARROWEST_COLUMN = 18;

const LISTINGS: Readonly<Record<Topic, () => Listing | Promise<Listing>>> = {
  balancers: () => ({
    items: balancers.map(({ name, summary }) => ({ name, summary, algorithms: supportOf(name) })),
    head: ["balancer", "what it is", "algorithms"],
    rows: balancers.map(({ name, summary, supports }) => [
      name,
      summary,
      algorithms
        .flatMap((algorithm) => (supports(algorithm.name).supported ? [algorithm.name] : []))
        .join(", "),
    ]),
  }),
  algorithms: () => ({
    items: algorithms.map(({ name, summary, reference, family, weighted }) => ({
      name,
      summary,
      reference,
      family,
      weighted,
    })),
    head: ["algorithm", "how it chooses", ...balancers.map((balancer) => balancer.name)],
    rows: [...algorithms, ANY_CHOICES].map(({ name, summary }) => [
      name,
      summary,
      ...balancers.map((balancer) => {
        const support = balancer.supports(name);
        if (!support.supported) return "n/a";
        return support.note === undefined ? "yes" : `yes, ${support.note}`;
      }),
    ]),
  }),
  overlays: () => ({
    items: overlays.map(({ name, summary, reference, stage }) => ({ name, summary, reference, stage })),
    head: ["overlay", "what it does, in ALGORITHM+OVERLAY", "from"],
    rows: overlays.map(({ name, summary, reference }) => [name, summary, reference]),
  }),
  scenarios: async () => {
    const entries = await describeLibrary();
    return {
      items: entries.map(({ claims: _, ...entry }) => entry),
      head: ["scenario", "question", "engine", "length"],
      rows: entries.map((entry) => [
        entry.name,
        entry.question ?? `${entry.title} (a suite)`,
        entry.engines.join(", "),
        lengthText(entry),
      ]),
    };
  },
  faults: () => ({
    items: faults.map(({ name, summary, means }) => ({ name, summary, means })),
    head: ["fault", "what happens"],
    rows: faults.map(({ name, summary }) => [name, summary]),
  }),
};

function supportOf(name: string): Item {
  const balancer = balancers.find((candidate) => candidate.name === name);
  return Object.fromEntries(
    algorithms.map((algorithm) => [algorithm.name, balancer?.supports(algorithm.name)]),
  );
}

/** The first column keeps its names whole; the others share what is left of the width and wrap. Too narrow for that: a block per row. */
function draw({ head, rows }: Listing, width: number): string {
  const longest = (column: number): number =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)) + 2;
  const first = longest(0);
  const left = width - first - head.length - 1;
  const needs = head.slice(1).map((_, i) => longest(i + 1));
  if (needs.reduce((sum, need) => sum + Math.min(need, NARROWEST_COLUMN), 0) > left)
    return drawBlocks(head, rows, width);
  const table = new Table({
    head: [...head],
    colWidths: [first, ...share(left, needs)],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

/** Widths that add up to `left` at most: who needs little gets it, the others share the rest. */
function share(left: number, needs: readonly number[]): readonly number[] {
  const widths = new Map<number, number>();
  const waiting = [...needs.keys()].sort((a, b) => needs[a]! - needs[b]!);
  let rest = left;
  for (const [done, column] of waiting.entries()) {
    const width = Math.min(needs[column]!, Math.floor(rest / (waiting.length - done)));
    widths.set(column, width);
    rest -= width;
  }
  return needs.map((_, column) => widths.get(column)!);
}

function drawBlocks(head: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const blocks = rows.map(([name, ...cells]) => {
    const lines = cells.flatMap((cell, i) =>
      wrap(i === 0 ? cell : `${head[i + 1]}: ${cell}`, width - INDENT),
    );
    return [name, ...lines.map((line) => `${" ".repeat(INDENT)}${line}`)].join("\n");
  });
  return blocks.join("\n");
}

const INDENT = 4;
