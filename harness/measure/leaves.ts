import type { Leave } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";

export interface LeaveBuilder {
  readonly visit: (row: Row) => void;
  finish(): Leave[];
}

const OK = OUTCOMES.indexOf("ok");

/** Requests that were under way when backends were taken out in an orderly way, and what became of them. */
export function createLeaves(
  changes: readonly { readonly change: string; readonly backend: number; readonly at: number }[],
): LeaveBuilder {
  const leaves = changes
    .filter(({ change }) => change === "remove")
    .map(({ backend, at }) => ({ backend, at, underWay: 0, drainErrors: 0 }));
  return {
    visit({ dueUs, endedUs, outcome }) {
      for (const leave of leaves) {
        const atUs = leave.at * 1_000;
        if (dueUs >= atUs || endedUs < atUs) continue;
        leave.underWay += 1;
        if (outcome !== OK) leave.drainErrors += 1;
      }
    },
    finish: () => leaves,
  };
}
