import { renderAll } from "../../reports/render.ts";
import { renderTerminal } from "../../reports/terminal.ts";
import { EXIT, type Io, wantsColor } from "../io.ts";
import { readRun } from "../read-run.ts";
import { openRunFolder } from "../run-folder.ts";

/** Every report of an earlier run again, from its record alone. `run` is its folder, its result.json or its id below results/. */
export async function reportCommand(
  run: string,
  options: { readonly json?: boolean },
  io: Io,
): Promise<number> {
  const { path, record, text } = readRun(run);
  const folder = openRunFolder(path);
  const failed: string[] = [];
  const files = await renderAll(record, folder.context, ({ name }, error) => {
    failed.push(name);
    io.stderr.write(
      `evenkeel: the ${name} report could not be made: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  });
  for (const file of files) folder.write(file);
  io.stdout.write(
    options.json
      ? text
      : renderTerminal(record, { color: wantsColor(io.stdout), width: io.stdout.columns ?? 100 }),
  );
  io.stderr.write(`${failed.length > 0 ? "the other reports" : "reports"} written to ${path}\n`);
  return failed.length > 0 ? EXIT.failure : EXIT.fine;
}
