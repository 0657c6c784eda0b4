import type { TrialRecord } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import { createSpread } from "./spread.ts";

/** Requests of the window by type, in the order of the scenario. */
export interface ByType {
  visit(row: Row, latencyUs: number, bucket: number): void;
  finish(): TrialRecord["requests"];
}

const OK = OUTCOMES.indexOf("ok");

/** Null where there is one type: the trial's own figures are its. */
export function createByType(names: readonly string[]): ByType | null {
  if (names.length < 2) return null;
  const types = names.map((name) => ({ name, scheduled: 0, ok: 0, latency: createSpread() }));
  return {
    visit({ type, outcome, sentUs }, latencyUs, bucket) {
      const seen = types[type];
      if (seen === undefined) throw new Error(`a row is of type ${type}, of ${types.length}`);
      seen.scheduled += 1;
      if (outcome !== OK || Number.isNaN(sentUs)) return;
      seen.ok += 1;
      seen.latency.record(latencyUs, bucket);
    },
    finish: () =>
      types.map(({ name, scheduled, ok, latency }) => ({
        name,
        scheduled,
        ok,
        latencyMs: latency.summarize(scheduled - ok),
      })),
  };
}
