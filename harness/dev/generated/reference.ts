/** docs/reference/*.md: tables of everything that is declared once in a schema or a registry. */

import { z } from "zod";
import { distributions } from "#kernel/distribution.ts";
import { faults } from "../../../backends/faults/registry.ts";
import { algorithms } from "../../../balancers/algorithms/registry.ts";
import { capabilityTable } from "../../../balancers/capabilities.ts";
import { overlays } from "../../../balancers/overlays/registry.ts";
import { balancers } from "../../../balancers/registry.ts";
import { trialSchema } from "../../../reports/record.ts";
import { claimed } from "../../../reports/verdicts.ts";
import { arrivals } from "../../../scenarios/arrivals/registry.ts";
import { type Described, describeLibrary, lengthText } from "../../../scenarios/describe.ts";
import { scenarioSchema, suiteSchema } from "../../../scenarios/scenario.ts";
import { type GeneratedFile, NOTICE } from "./file.ts";
import { inputSchema, type JsonSchema } from "./json-schemas.ts";
import { keyRows, numberRows } from "./schema-rows.ts";

export async function referencePages(): Promise<GeneratedFile[]> {
  return [
    page("library", "The library", libraryPage(await describeLibrary())),
    page("scenario", "The scenario file", scenarioPage()),
    page("distributions", "Distributions", [
      "Durations drawn at random: `backends.service`, and `service` of a request. Each is seeded, so every contestant gets the same draws.",
      ...distributions.map(pluginSection),
    ]),
    page("arrivals", "Arrivals", [
      "When the requests of an open model are due: `traffic.arrivals`. Wherever a rate is asked for, `rate` (requests per second) or `load` (share of the backends' true capacity: workers x threads x speed / mean demand, summed over backends) gives it.",
      "A rate that changes does so by the clock of the measured window. The warm-up has the rate of the window's start. With `process: poisson` arrivals are a Poisson process with that rate, with `process: constant` there are as many by any instant as the rate adds up to.",
      ...arrivals.map(pluginSection),
    ]),
    page("faults", "Faults", [
      "What goes wrong at a backend, and when: `faults`.",
      ...faults.map(pluginSection),
    ]),
    page("algorithms", "Algorithms", algorithmsPage()),
    page("overlays", "Overlays", overlaysPage()),
    page("balancers", "Balancers and what they support", balancersPage()),
    page("metrics", "Metrics", [
      "What a claim or an objective may name as `metric`: a path to a number of a trial in `result.json`. Entries of lists are counted from 0 (`backends.0.share`).",
      table(["metric", "what it is"], together(numberRows(z.toJSONSchema(trialSchema) as JsonSchema))),
    ]),
  ];
}

const page = (name: string, title: string, parts: readonly string[]): GeneratedFile => ({
  path: `docs/reference/${name}.md`,
  content: `<!-- ${NOTICE} -->\n\n# ${title}\n\n${parts.join("\n\n")}\n`,
});

const KEY_HEAD = ["key", "type", "default", "what it is"];

function scenarioPage(): string[] {
  return [
    "Durations are texts with a unit (`us`, `ms`, `s`, `m`, `h`). A list is marked `[]`. How to write one is in [Writing a scenario](../writing-a-scenario.md).",
    table(KEY_HEAD, keyRows(inputSchema(scenarioSchema))),
    "## Suites",
    "A file with `suite` stands for several scenarios.",
    table(KEY_HEAD, keyRows(inputSchema(suiteSchema))),
  ];
}

function libraryPage(entries: readonly Described[]): string[] {
  return [
    "Scenarios that come with evenkeel, by name: `npx evenkeel run NAME`, `npx evenkeel simulate NAME`. `--all` plays every scenario that the engine can play and says which it skips; `--quick` plays the short forms. The length is that of one live run with its starts and stops, and the number of simulated requests over all algorithms.",
    "What you will see are the claims of the scenario, each with its expected size and where that number comes from; a run judges them with their intervals and keeps both sizes in `result.json` under `claims`. Scenarios without claims have objectives.",
    table(
      ["scenario", "question", "engine", "length", "what you will see"],
      entries.map((entry) => [
        `[${entry.name}](../../scenarios/library/${entry.name}.yaml)`,
        entry.question ?? `${entry.title} (a suite)`,
        entry.engines.join(", "),
        lengthText(entry),
        entry.kind === "suite"
          ? "what its scenarios show"
          : entry.claims.map(claimed).map(sentence).join(" "),
      ]),
    ),
  ];
}

interface Declared {
  readonly name: string;
  readonly summary: string;
  readonly schema: z.ZodType;
}

function pluginSection({ name, summary, schema }: Declared): string {
  return `## ${name}\n\n${sentence(summary)}\n\n${table(KEY_HEAD, keyRows(inputSchema(schema)))}`;
}

function algorithmsPage(): string[] {
  return [
    "How a contestant chooses the backend of a request. Which balancer has which is in [Balancers](balancers.md).",
    "A name stands for one rule with its parameters: what is hashed (the client's address unless the name says path), how many are drawn. Besides those with a row, `power-of-N-choices` and `power-of-N-choices-with-replacement` are there for every N from 2 to 1,000; with N backends or fewer the first looks at all of them. `ip-hash` and `path-hash` are the plain hash modulo the backends, `consistent-hash` is the ring with ketama's 160 points.",
    "What a choice costs does not grow with the number of backends, or by its logarithm: 30 ns to about 1 us of a core at 10,000 (`npm run bench -- picks`). Two rules look at every backend for every request, and take 0.2 to 0.5 ms there: `rendezvous` by its nature, `least-time` because its averages change with time. A request that is tried again makes those by load and those by weight look at every backend once.",
    table(
      ["algorithm", "how it chooses", "looks at", "follows weights", "from"],
      algorithms.map(({ name, summary, family, weighted, reference }) => [
        code(name),
        summary,
        { static: "nothing", "by-load": "load", "by-key": "the client or the path" }[family],
        weighted ? "yes" : "no",
        reference,
      ]),
    ),
  ];
}

function overlaysPage(): string[] {
  return [
    "What goes with any algorithm: `least-connections+slow-start` is an algorithm with an overlay, `round-robin+hedging+retry-budget` one with two. Overlays run in the builtin proxy and in the simulator. The order of the names says nothing: filters say who may be chosen, the algorithm chooses, weights thin its choice out, guards watch over the request.",
    "Parameters stand in the scenario, under the name of the overlay in `contestants.overlays`, and hold for every contestant that has it.",
    ...overlays.map(
      (overlay) =>
        `## ${overlay.name}\n\n${sentence(overlay.summary)} A ${overlay.stage}; from ${overlay.reference}.\n\n${table(KEY_HEAD, keyRows(inputSchema(overlay.schema)))}`,
    ),
  ];
}

function balancersPage(): string[] {
  return [
    "Which directive an algorithm comes down to. A pair that is `n/a` is never run as something else; reports show it with this reason.",
    "Hashes without a key in their name are shown by client address: `contestants.hashKey` can be `path`, `header:NAME` and `cookie:NAME` too.",
    table(
      ["balancer", "what it is"],
      balancers.map(({ name, summary }) => [code(name), sentence(summary)]),
    ),
    capabilityTable(balancers, algorithms),
  ];
}

/** Neighbours that are described alike share a row. */
function together(rows: readonly (readonly string[])[]): string[][] {
  const joined: string[][] = [];
  for (const [metric = "", description = ""] of rows) {
    const last = joined.at(-1);
    if (last?.[1] === description) last[0] += `, ${metric}`;
    else joined.push([metric, description]);
  }
  return joined;
}

const code = (text: string): string => `\`${text}\``;

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
