import { reports } from "./formats/registry.ts";
import type { RunRecord } from "./record.ts";
import type { Report, ReportContext, ReportFile } from "./report.ts";

/**
 * Every file that can be made from a record, apart from `result.json` itself. A report that fails does not cost the others: it goes to
 * `onFailure` (which may rethrow); without one it throws.
 */
export async function renderAll(
  run: RunRecord,
  context: ReportContext,
  onFailure: (report: Report, error: unknown) => void = (_, error) => {
    throw error;
  },
): Promise<readonly ReportFile[]> {
  const files: ReportFile[] = [];
  for (const report of reports) {
    try {
      files.push(...(await report.render(run, context)));
    } catch (error) {
      onFailure(report, error);
    }
  }
  return files;
}
