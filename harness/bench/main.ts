/** `npm run bench`: the speeds that the project promises, measured on this machine. Prints; judges nothing for CI. */
import Table from "cli-table3";
import { benchLoad } from "./load.ts";
import { benchMemory } from "./memory.ts";
import { meetsTarget } from "./result.ts";
import { benchTrials } from "./trials.ts";

const table = new Table({ head: ["", "measured", "target", ""], style: { head: [], border: [] } });
for (const result of [...(await benchTrials()), ...(await benchLoad()), ...(await benchMemory())]) {
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
process.stdout.write(`${table.toString()}\n`);
