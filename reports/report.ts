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

/** What else of the run folder a report may show: text of a file the record names (a rendered configuration), null when missing. */
export interface ReportContext {
  text(path: string): string | null;
}
