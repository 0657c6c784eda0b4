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
  const notes = cases.flatMap(({ title, verdict, note }) =>
    verdict === "fails" || verdict === "n/a" || (note !== null && title.startsWith("queues"))
      ? [`${paint[verdict](verdict)}  ${title}: ${note ?? ""}`]
      : [],
  );
  const strains = [...new Set(cases.flatMap(({ strain }) => strain ?? []))].map((strain) => {
    const titles = cases.filter((each) => each.strain === strain).map(({ title }) => title);
    return `${paint["too busy to judge"](strain)}\n  ${titles.join("\n  ")}`;
  });
  const busy = strains.length === 0 ? [] : ["too busy to judge, because:", ...strains];
  return [table.toString(), ...notes, ...busy].join("\n");
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
