import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ServiceProfile } from "../../scenarios/service-profile.ts";
import { openDjangoBench } from "../django/calibrate/bench.ts";
import { calibrate } from "../django/calibrate/calibrate.ts";
import { checkProfile, SIZE } from "../django/calibrate/check.ts";
import { FULL, QUICK } from "../django/calibrate/measure.ts";
import { VIEWS, type View } from "../django/calibrate/views.ts";
import { findPython, namedPython } from "../django/find.ts";
import { onInterrupt } from "../interrupt.ts";
import { EXIT, type Io, wantsColor } from "../io.ts";
import { removeLeftovers } from "../live/work-folder.ts";
import { describeMachine } from "../measure/machine.ts";
import { type Case, overall } from "../proof/outcome.ts";
import { drawCases } from "../proof/table.ts";
import { createRunId } from "../run-folder.ts";
import { EnvironmentError, InterruptedError, UsageError } from "../trial.ts";
import { version } from "../versions.ts";

export interface CalibrateOptions {
  readonly python?: string;
  readonly out: string;
  readonly views?: readonly string[];
  readonly quick?: boolean;
  readonly check?: boolean;
}

/** Views that `--check` looks at unless `--views` names others: a page of one product, and a search. */
const CHECKED = ["product", "search"];

/** Measures real Django and writes its service profile; with `check` holds the simulated backend against it. Gives the exit code. */
export async function calibrateCommand(what: string, options: CalibrateOptions, io: Io): Promise<number> {
  if (what !== "django") throw new UsageError(`calibrate ${what}: there is django to calibrate`);
  const views = viewsOf(options);
  refuseFolder(options.out);
  const python = await findPython(namedPython(options.python), io);
  for (const left of removeLeftovers())
    io.stderr.write(`removed what the killed run ${left} had left behind\n`);
  const say = (text: string): void => void io.stderr.write(`${text}\n`);
  const interrupt = onInterrupt(io, false);
  const { signal } = interrupt;
  try {
    const bench = await openDjangoBench(createRunId(new Date()), python);
    try {
      const profile = await calibrate(bench, {
        views,
        effort: options.quick ? QUICK : FULL,
        facts: {
          measuredAt: new Date().toISOString(),
          versions: { evenkeel: version(), ...python.versions },
          machine: describeMachine(),
        },
        signal,
        onProgress: (text) => say(`measuring ${text}`),
      });
      writeProfile(options.out, profile);
      io.stdout.write(`${drawProfile(profile)}\n`);
      say(`\nEverything is in ${options.out}. Next: backends: { profile: ${options.out} } in a scenario`);
      if (!options.check) return EXIT.fine;
      const names = options.views ?? CHECKED;
      const cases: Case[] = [];
      await checkProfile(bench, profile, {
        views: profile.views.filter(({ name }) => names.includes(name)),
        size: SIZE,
        signal,
        onProgress: (text) => say(`checking ${text}`),
        onCases: (found) => cases.push(...found),
      });
      io.stdout.write(`${drawCases(cases, { color: wantsColor(io.stdout) })}\n${notesOf(cases)}`);
      return CHECK_EXIT[overall(cases)];
    } finally {
      await bench.close();
    }
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    interrupt.close();
  }
}

const CHECK_EXIT = {
  holds: EXIT.fine,
  fails: EXIT.failure,
  "too busy to judge": EXIT.inconclusive,
} as const;

function viewsOf({ views: names }: CalibrateOptions): readonly View[] {
  if (names === undefined) return VIEWS;
  const known = VIEWS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--views ${unknown}: there is ${known.join(", ")}`);
  return VIEWS.filter(({ name }) => names.includes(name));
}

/** Told before minutes of measuring, not after. */
function refuseFolder(out: string): void {
  if (existsSync(out) && statSync(out).isDirectory()) throw new UsageError(`--out ${out}: this is a folder`);
  if (!existsSync(dirname(out))) throw new UsageError(`--out ${out}: there is no folder ${dirname(out)}`);
}

function writeProfile(path: string, profile: ServiceProfile): void {
  try {
    writeFileSync(path, `${JSON.stringify(profile, null, 1)}\n`);
  } catch (error) {
    throw new EnvironmentError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** A line per view; milliseconds. */
function drawProfile({ views, overhead, disturbed }: ServiceProfile): string {
  const at = (quantiles: readonly (readonly [number, number])[], p: number): number =>
    quantiles.find(([each]) => each === p)?.[1] ?? Number.NaN;
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 15 : 34) : cell.padStart(9))).join("");
  return [
    line(["view", "request", "bytes", "n", "cpu", "io", "service", "p50", "p99"]),
    ...views.map(({ name, method, path, bytes, n, cpu, io, service }) =>
      line([
        name,
        `${method} ${path}`,
        String(bytes),
        String(n),
        ...[cpu.mean, io.mean, service.mean, at(service.quantiles, 0.5), at(service.quantiles, 0.99)].map(
          (ms) => ms.toFixed(2),
        ),
      ]),
    ),
    `milliseconds; gunicorn adds ${overhead.worker.mean.toFixed(2)} per request, which service has, and a client waits ${overhead.hop.toFixed(2)} beside`,
    ...(disturbed > 0.1
      ? [
          `the worker waited for a core ${(100 * disturbed).toFixed(0)} % of its time: repeat on a quieter machine`,
        ]
      : []),
  ].join("\n");
}

function notesOf(cases: readonly Case[]): string {
  return cases
    .flatMap(({ title, note, verdict }) => (note && verdict === "holds" ? `${title}: ${note}\n` : []))
    .join("");
}
