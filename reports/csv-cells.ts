/** What the CSV files have in common. */
import type { Latency, TrialRecord } from "./record.ts";

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const latencyCells = (prefix: string, latency: Latency): Row =>
  Object.fromEntries(
    Object.entries(latency).map(([key, value]) => [`${prefix}_${key}${key === "count" ? "" : "_ms"}`, value]),
  );

export const identity = (trial: TrialRecord): Row => ({
  trial: trial.id,
  scenario: trial.scenario,
  balancer: trial.balancer,
  algorithm: trial.algorithm,
  repeat: trial.repeat,
  control: trial.control,
});
