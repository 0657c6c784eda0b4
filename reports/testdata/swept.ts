import { type RunRecord, runSchema } from "../record.ts";
import { fixture } from "./fixture.ts";

export const LOADS = [0.9, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.95];

/** Two contestants on M/M/1's curve, the second with a quarter of the queue; `change` spoils single trials. */
export function swept(
  change: (trial: RunRecord["trials"][number], load: number) => void = () => undefined,
): RunRecord {
  const run = fixture();
  const scenario = run.scenarios[0]!;
  const originals = run.trials.filter(
    ({ scenario: of, repeat, control, balancer }) =>
      of === scenario.name && repeat === 1 && !control && balancer === "nginx",
  );
  const points = LOADS.map((value) => {
    const name = `${scenario.name}@load=${value}`;
    const place = {
      of: scenario.name,
      title: "<b>Loads</b> | and more",
      label: "load",
      text: String(value),
      value,
    };
    const trials = originals.map((original) => {
      const trial = structuredClone(original);
      const queue = (value / (1 - value)) * (trial.algorithm === "round-robin" ? 1 : 0.25);
      const p99 = 10 * (1 + queue);
      Object.assign(trial, { id: `${name}/${trial.id}`, scenario: name });
      Object.assign(trial.latencyMs, { mean: p99 / 4, p50: p99 / 5, p99 });
      Object.assign(trial.intervals, { mean: null, p50: null, p99: [0.95 * p99, 1.05 * p99] });
      change(trial, value);
      return trial;
    });
    const sweep = { ...place, path: ["traffic", "arrivals", "load"], unit: "number" as const };
    return { scenario: { ...scenario, name, sweep }, trials };
  });
  const judged = { metric: "latencyMs.p99", atMost: 20, observed: 1, contestant: "nginx/round-robin" };
  return runSchema.parse({
    ...run,
    scenarios: points.map((point) => point.scenario),
    trials: points.flatMap(({ trials }) => trials),
    claims: [],
    objectives: LOADS.map((load) => ({
      ...judged,
      scenario: `${scenario.name}@load=${load}`,
      met: load <= 0.5,
    })),
  });
}
