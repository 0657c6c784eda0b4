import type { RunRecord } from "./record.ts";

/** One file of a run folder, made from the record alone. */
export interface Report {
  readonly name: string;
  /** One sentence for the docs. */
  readonly summary: string;
  /** Files to write, paths below the run folder. */
  render(run: RunRecord, context: ReportContext): readonly ReportFile[] | Promise<readonly ReportFile[]>;
}

export interface ReportFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** What else a report may show. */
export interface ReportContext {
  /** Text of a file of the run folder that the record names (a rendered configuration); null when missing. */
  text(path: string): string | null;
  /** Chart.js as one script (`chart.js/dist/chart.umd.min.js`), inlined in pages. */
  chartJs(): string;
}
