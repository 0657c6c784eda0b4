import Table from "cli-table3";
import picocolors from "picocolors";
import type { Case } from "./outcome.ts";

/** The table of a self-test for people; notes of what did not hold come below it. */
export function drawCases(cases: readonly Case[], options: { readonly color: boolean }): string {
  const colors = picocolors.createColors(options.color);
  const paint: Record<Case["verdict"], (text: string) => string> = {
    holds: colors.green,
    fails: colors.red,
    "too busy to judge": colors.yellow,
    "n/a": colors.dim,
  };
  const table = new Table({
    head: ["case", "theory", "measured", "error", "bound", "std error", "unit", "verdict"],
    colAligns: ["left", "right", "right", "right", "right", "right", "left", "left"],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  for (const each of cases) {
    const { title, theory, measured, error, bound, standardError, unit, verdict } = each;
    table.push([
      title,
      number(theory),
      number(measured),
      share(error, theory),
      bound === null ? "" : `+-${number(bound)}`,
      number(standardError),
      unit,
      paint[verdict](verdict),
    ]);
  }
  const open = cases.filter(({ verdict }) => verdict !== "holds");
  const notes = open.map(({ title, verdict, note }) => `${paint[verdict](verdict)}  ${title}: ${note ?? ""}`);
  const beside = cases.flatMap(({ title, verdict, note }) =>
    verdict === "holds" && note !== null && title.startsWith("queues") ? [`${title}: ${note}`] : [],
  );
  return [table.toString(), ...beside, ...notes].join("\n");
}

function number(value: number | null): string {
  if (value === null) return "";
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

/** The error itself, and what it is of the theory where that says something. */
function share(error: number | null, theory: number | null): string {
  if (error === null) return "";
  const sign = error > 0 ? "+" : "";
  const relative =
    theory === null || theory === 0 ? "" : ` (${sign}${((100 * error) / theory).toFixed(2)} %)`;
  return `${sign}${number(error)}${relative}`;
}
