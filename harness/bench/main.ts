/**
 * `npm run bench`: the speeds that the project promises, measured on this machine. Prints; judges nothing for CI.
 * `npm run bench -- picks` measures one part alone: `trials`, `load`, `memory`, `picks` or `simulation`.
 */
import Table from "cli-table3";
import { benchLoad } from "./load.ts";
import { benchMemory } from "./memory.ts";
import { benchPicks, PICK_SIZES } from "./picks.ts";
import { type BenchResult, meetsTarget } from "./result.ts";
import { benchSimulation } from "./simulation.ts";
import { benchTrials } from "./trials.ts";

const PARTS: Readonly<Record<string, () => Promise<string>>> = {
  trials: async () => resultsTable(await benchTrials()),
  load: async () => resultsTable(await benchLoad()),
  memory: async () => resultsTable(await benchMemory()),
  picks: async () => picksTable(),
  simulation: async () => resultsTable(await benchSimulation()),
};

function resultsTable(results: readonly BenchResult[]): string {
  const table = new Table({ head: ["", "measured", "target", ""], style: { head: [], border: [] } });
  for (const result of results) {
    const { target } = result;
    const bound =
      target === undefined
        ? ""
        : "atMost" in target
          ? `at most ${target.atMost}`
          : `at least ${target.atLeast}`;
    table.push([
      result.name,
      `${Number(result.value.toPrecision(4))} ${result.unit}`,
      bound,
      target === undefined ? "" : meetsTarget(result) ? "met" : "missed",
    ]);
  }
  return table.toString();
}

function picksTable(): string {
  const sizes = PICK_SIZES.map((size) => size.toLocaleString("en"));
  const table = new Table({
    head: ["ns a request, among backends", ...sizes],
    colAligns: ["left", ...sizes.map(() => "right" as const)],
    style: { head: [], border: [] },
  });
  for (const { name, ns } of benchPicks())
    table.push([name, ...ns.map((value) => Math.round(value).toLocaleString("en"))]);
  return table.toString();
}

const named = process.argv.slice(2);
const unknown = named.find((name) => PARTS[name] === undefined);
if (unknown !== undefined) {
  process.stderr.write(`bench has no part "${unknown}"; there are ${Object.keys(PARTS).join(", ")}\n`);
  process.exitCode = 2;
} else {
  for (const name of named.length > 0 ? named : Object.keys(PARTS))
    process.stdout.write(`${await PARTS[name]!()}\n`);
}
