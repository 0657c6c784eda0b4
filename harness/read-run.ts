import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type RunRecord, runSchema } from "../reports/record.ts";
import { RECORD } from "./run-folder.ts";
import { UsageError } from "./trial.ts";

/** An earlier run: its folder, its record and the very text of it. `run` is its folder, its result.json or its id below results/. */
export function readRun(run: string): {
  readonly path: string;
  readonly record: RunRecord;
  readonly text: string;
} {
  const path = locate(run);
  const text = readFileSync(join(path, RECORD), "utf8");
  const record = runSchema.safeParse(parse(text, path));
  if (record.success) return { path, record: record.data, text };
  const [issue] = record.error.issues;
  throw new UsageError(
    `${path}/${RECORD} is not a record of this version: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}

function locate(run: string): string {
  const candidates = [run, join("results", run)].flatMap((path) =>
    existsSync(path) && statSync(path).isFile() ? [dirname(path)] : [path],
  );
  const found = candidates.find((path) => existsSync(join(path, RECORD)));
  if (found === undefined)
    throw new UsageError(
      `no run at ${run}: expected a folder with a ${RECORD}, or the id of a run below results/`,
    );
  return found;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}/${RECORD} is not JSON: ${(error as Error).message}`);
  }
}
