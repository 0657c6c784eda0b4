import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
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
  /** Writes below the folder: to a temporary name first, so that a full disk leaves the old file whole. */
  write(file: ReportFile): void;
  /** Absolute path of something below the folder, its parents made. */
  place(path: string): string;
  readonly context: ReportContext;
}

/** `out` is the run folder itself and must be new or empty; without it `results/RUN-ID`, with `results/latest` pointing there. */
export function createRunFolder(runId: string, out: string | undefined): RunFolder {
  const path = resolve(out ?? join("results", runId));
  if (existsSync(path)) {
    if (!statSync(path).isDirectory())
      throw new UsageError(`--out ${out} is a file: name a new or empty folder`);
    if (readdirSync(path).length > 0)
      throw new UsageError(`--out ${out} is not empty: name a new or empty folder`);
  }
  try {
    mkdirSync(path, { recursive: true });
    if (out === undefined) pointLatest(path);
    const probe = join(path, ".writable");
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw new EnvironmentError(
      `cannot write the run folder ${path}: ${(error as Error).message}. Choose another with --out DIR.`,
    );
  }
  return openRunFolder(path);
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
      const full = place(name);
      const temporary = `${full}.new`;
      try {
        writeFileSync(temporary, content);
        renameSync(temporary, full);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    },
    context: {
      text(name) {
        const full = resolve(root, name);
        return full.startsWith(root + sep) && existsSync(full) ? readFileSync(full, "utf8") : null;
      },
      chartJs: chartJsSource,
    },
  };
}

function pointLatest(path: string): void {
  const link = join(dirname(path), "latest");
  const temporary = `${link}.${process.pid}`;
  symlinkSync(relative(dirname(link), path), temporary);
  renameSync(temporary, link);
}
