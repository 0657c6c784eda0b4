import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { runSchema } from "../../reports/record.ts";
import { renderAll } from "../../reports/render.ts";
import { renderTerminal } from "../../reports/terminal.ts";
import { EXIT, type Io, wantsColor } from "../io.ts";
import { openRunFolder, RECORD } from "../run-folder.ts";
import { UsageError } from "../trial.ts";

/** Every report of an earlier run again, from its record alone. `run` is its folder, its result.json or its id below results/. */
export async function reportCommand(
  run: string,
  options: { readonly json?: boolean },
  io: Io,
): Promise<number> {
  const path = locate(run);
  const text = readFileSync(join(path, RECORD), "utf8");
  const record = runSchema.safeParse(parse(text, path));
  if (!record.success) {
    const [issue] = record.error.issues;
    throw new UsageError(
      `${path}/result.json is not a record of this version: ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }
  const folder = openRunFolder(path);
  const failed: string[] = [];
  const files = await renderAll(record.data, folder.context, ({ name }, error) => {
    failed.push(name);
    io.stderr.write(
      `evenkeel: the ${name} report could not be made: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  });
  for (const file of files) folder.write(file);
  io.stdout.write(
    options.json
      ? text
      : renderTerminal(record.data, { color: wantsColor(io.stdout), width: io.stdout.columns ?? 100 }),
  );
  io.stderr.write(`${failed.length > 0 ? "the other reports" : "reports"} written to ${path}\n`);
  return failed.length > 0 ? EXIT.failure : EXIT.fine;
}

function locate(run: string): string {
  const candidates = [run, join("results", run)].flatMap((path) =>
    existsSync(path) && statSync(path).isFile() ? [dirname(path)] : [path],
  );
  const found = candidates.find((path) => existsSync(join(path, RECORD)));
  if (found === undefined)
    throw new UsageError(
      `no run at ${run}: expected a folder with a result.json, or the id of a run below results/`,
    );
  return found;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}/result.json is not JSON: ${(error as Error).message}`);
  }
}
