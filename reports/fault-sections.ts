import type { FigureTable } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { faultCaption, faultTable, LOSS_CAPTION, lossTable } from "./fault-tables.ts";
import { impactCaption, impactTable, phaseCaption, phaseTable } from "./phase-tables.ts";

export interface FaultSection {
  readonly heading: string;
  readonly table: FigureTable;
  readonly caption: string;
}

/** All tables about faults, in reading order; none without faults. */
export function faultSections(contestants: readonly Contestant[]): readonly FaultSection[] {
  return [
    {
      heading: "Faults",
      table: faultTable(contestants, { intervals: true }),
      caption: faultCaption(contestants),
    },
    { heading: "What was lost", table: lossTable(contestants), caption: LOSS_CAPTION },
    { heading: "What the faults cost", table: impactTable(contestants), caption: impactCaption(contestants) },
    {
      heading: "Before, during and after",
      table: phaseTable(contestants),
      caption: phaseCaption(contestants),
    },
  ].filter(({ table }) => table.rows.length > 0);
}
