import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { ReportContext, ReportFile } from "../reports/report.ts";
import { chartJsSource } from "./chart-js.ts";
import { EnvironmentError, UsageError } from "./trial.ts";

/** `20261123-231903-a1b2`: sorts by time, unique enough for folders of one machine. */
export function createRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${stamp}-${randomBytes(2).toString("hex")}`;
}

/** The scenario as it was played, with all that a suite or the command line changed: below the run folder. */
export function scenarioFile(name: string): string {
  return `scenarios/${name}.yaml`;
}

/** The folder of one run; nothing is written outside it but the link `latest` beside it. */
export interface RunFolder {
  readonly path: string;
  /**
   * Writes below the folder: to a temporary name first, so that a full disk leaves the old file whole. EnvironmentError where the
   * folder may not be written.
   */
  write(file: ReportFile): void;
  /** Removes the folder of a run in which nothing was written; a folder that was there before stays. */
  discard(): void;
  /** Absolute path of something below the folder, its parents made. */
  place(path: string): string;
  readonly context: ReportContext;
}

/**
 * `out` is the run folder itself and must be new or empty; without it `results/RUN-ID`, and `results/latest` points there once the
 * run has a record.
 */
export function createRunFolder(runId: string, out: string | undefined): RunFolder {
  const path = resolve(out ?? join("results", runId));
  const isNew = !existsSync(path);
  if (!isNew) {
    if (!statSync(path).isDirectory())
      throw new UsageError(`--out ${out} is a file: name a new or empty folder`);
    if (readdirSync(path).length > 0)
      throw new UsageError(`--out ${out} is not empty: name a new or empty folder`);
  }
  try {
    mkdirSync(path, { recursive: true });
    const probe = join(path, ".writable");
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw new EnvironmentError(`${cannotWrite(path, error).message}. Choose another with --out DIR.`);
  }
  if (out === undefined) checkLatest(path);
  const folder = openRunFolder(path);
  let isLatest = out !== undefined;
  return {
    ...folder,
    write(file) {
      folder.write(file);
      if (isLatest || file.path !== RECORD) return;
      pointLatest(path);
      isLatest = true;
    },
    discard() {
      if (isNew && readdirSync(path).length === 0) rmdirSync(path);
    },
  };
}

export const RECORD = "result.json";

const NOT_WRITABLE: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR"]);

function cannotWrite(path: string, error: unknown): EnvironmentError {
  return new EnvironmentError(`cannot write the run folder ${path}: ${(error as Error).message}`);
}

/** The folder of an earlier run. */
export function openRunFolder(path: string): RunFolder {
  const root = realpathSync(path);
  const place = (name: string): string => {
    const full = resolve(root, name);
    if (!full.startsWith(root + sep)) throw new Error(`${name} is not below the run folder`);
    mkdirSync(dirname(full), { recursive: true });
    return full;
  };
  return {
    path: root,
    place,
    write({ path: name, content }) {
      try {
        const full = place(name);
        const temporary = `${full}.new`;
        try {
          writeFileSync(temporary, content);
          renameSync(temporary, full);
        } catch (error) {
          rmSync(temporary, { force: true });
          throw error;
        }
      } catch (error) {
        throw NOT_WRITABLE.has((error as NodeJS.ErrnoException).code) ? cannotWrite(root, error) : error;
      }
    },
    discard: () => undefined,
    context: {
      text(name) {
        const full = resolve(root, name);
        return full.startsWith(root + sep) && existsSync(full) ? readFileSync(full, "utf8") : null;
      },
      chartJs: chartJsSource,
    },
  };
}

const latestBeside = (path: string): string => join(dirname(path), "latest");

/** Said before anything is played: a run is not to be lost for a link. */
function checkLatest(path: string): void {
  const link = latestBeside(path);
  const stat = lstatSync(link, { throwIfNoEntry: false });
  if (stat === undefined || stat.isSymbolicLink()) return;
  rmdirSync(path);
  throw new EnvironmentError(
    `${link} is in the way of the link to the newest run: move it, or use --out DIR`,
  );
}

function pointLatest(path: string): void {
  const link = latestBeside(path);
  const temporary = `${link}.${process.pid}`;
  symlinkSync(relative(dirname(link), path), temporary);
  renameSync(temporary, link);
}
