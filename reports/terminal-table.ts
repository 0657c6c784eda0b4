import Table from "cli-table3";

/** A cell and how to paint it, so that colours do not count as width. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = 2;

/** Columns without rules, the first to the left; columns beyond `width` are left out in the order of `dropFirst` (indexes), then from the right. */
export function textTable(
  head: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  width: number,
  dropFirst: readonly number[] = [],
): string {
  const widths = head.map(
    (cell, i) => GAP + Math.max(...[cell, ...rows.map((row) => row[i]!)].map((c) => c.text.length)),
  );
  const fromRight = head.map((_, i) => i).reverse();
  const order = [...dropFirst, ...fromRight.filter((i) => !dropFirst.includes(i))].filter((i) => i > 0);
  const kept = new Set(head.keys());
  const total = (): number => [...kept].reduce((sum, i) => sum + widths[i]!, -GAP);
  for (const index of order) if (total() > width) kept.delete(index);
  const columns = [...kept];
  const edges = ["top", "bottom", "left", "right", "mid"];
  const parts = [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
  ];
  const none = [...edges, ...parts, "left-mid", "mid-mid", "right-mid", "middle"];
  const line = (cells: readonly Cell[]): string[] =>
    columns.map((i) => {
      const { text, paint } = cells[i]!;
      return paint ? paint(text) : text;
    });
  const table = new Table({
    head: line(head),
    colAligns: columns.map((i) => (i === 0 ? "left" : "right")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
    chars: Object.fromEntries(none.map((name) => [name, ""])),
  });
  for (const row of rows) table.push(line(row));
  return table
    .toString()
    .split("\n")
    .map((text) => text.trimEnd())
    .join("\n");
}

interface PlainTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The same table in as many parts as its width needs, each with the first column. */
export function tablesThatFit({ columns, rows }: PlainTable, width: number): readonly PlainTable[] {
  const widths = columns.map((_, i) => GAP + Math.max(...[columns, ...rows].map((row) => row[i]!.length)));
  const parts: number[][] = [];
  for (let i = 1; i < columns.length; i++) {
    const last = parts.at(-1);
    const total = [0, ...(last ?? []), i].reduce((sum, at) => sum + widths[at]!, -GAP);
    if (last === undefined || total > width) parts.push([i]);
    else last.push(i);
  }
  const only = (row: readonly string[], part: readonly number[]): string[] =>
    [0, ...part].map((i) => row[i]!);
  return parts.map((part) => ({ columns: only(columns, part), rows: rows.map((row) => only(row, part)) }));
}
