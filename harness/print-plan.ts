import Table from "cli-table3";
import { formatDuration } from "#kernel/units.ts";
import type { Io } from "./io.ts";
import type { Plan } from "./plan.ts";

/** Warm-up, window and what a trial costs beside them, starting and verifying its balancer included: enough for an estimate. */
const OVERHEAD_MS = 2_000;

/** What `run` would play, in order, and about how long it takes. */
export function printPlan(plan: Plan, { json }: { readonly json: boolean }, io: Io): void {
  if (json) io.stdout.write(`${JSON.stringify(asData(plan), null, 2)}\n`);
  else printTable(plan, io);
}

/** Trials in the order in which they would be played, and the pairs that cannot be. */
function asData({ trials, unsupported }: Plan): unknown {
  return {
    trials: trials.map(({ id, scenario, contestant, repeat, seed, command }) => ({
      id,
      scenario: scenario.name,
      balancer: contestant.name,
      algorithm: contestant.algorithm,
      control: contestant.control,
      repeat,
      seed,
      warmupMs: scenario.traffic.warmup,
      durationMs: scenario.traffic.duration,
      command,
    })),
    unsupported,
  };
}

function printTable({ trials, unsupported }: Plan, io: Io): void {
  const table = new Table({
    head: ["#", "trial", "seed", "warm-up", "window"],
    style: { head: [], border: [] },
  });
  for (const [index, { id, seed, scenario }] of trials.entries()) {
    table.push([
      index + 1,
      id,
      seed,
      formatDuration(scenario.traffic.warmup),
      formatDuration(scenario.traffic.duration),
    ]);
  }
  const totalMs = trials.reduce(
    (sum, { scenario }) => sum + scenario.traffic.warmup + scenario.traffic.duration + OVERHEAD_MS,
    0,
  );
  io.stdout.write(`${table.toString()}\n`);
  for (const { balancer, algorithm, reason } of unsupported)
    io.stdout.write(`n/a  ${balancer}/${algorithm}: ${reason}\n`);
  io.stdout.write(`${trials.length} trials, about ${Math.ceil(totalMs / 1_000)} s\n`);
}
