import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "#kernel/units.ts";
import { BalancerError } from "../balancers/balancer.ts";
import { ScenarioError } from "../scenarios/load.ts";
import { parseSweep, type Sweep } from "../scenarios/sweep.ts";
import { calibrateCommand } from "./commands/calibrate.ts";
import { compareCommand } from "./commands/compare.ts";
import { configCommand } from "./commands/config.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { listCommand, TOPICS } from "./commands/list.ts";
import { reportCommand } from "./commands/report.ts";
import { runCommand } from "./commands/run.ts";
import { selftestCommand } from "./commands/selftest.ts";
import { setupCommand } from "./commands/setup.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { validateCommand } from "./commands/validate.ts";
import { EXIT, type Io } from "./io.ts";
import { EnvironmentError, InterruptedError, UsageError } from "./trial.ts";
import { version } from "./versions.ts";

const io: Io = { stdout: process.stdout, stderr: process.stderr };

function names(text: string): readonly string[] {
  const list = text.split(",").map((name) => name.trim());
  if (list.some((name) => name === "")) throw new InvalidArgumentError("expected names joined by commas.");
  return list;
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number from ${least}.`);
    return value;
  };
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0) throw new InvalidArgumentError('expected a duration such as "500ms" or "10s".');
  return ms;
}

function sweep(text: string): Sweep {
  const parsed = parseSweep(text);
  if (typeof parsed === "string") throw new InvalidArgumentError(`${parsed}.`);
  return parsed;
}

function backend(
  text: string,
  previous: readonly { host: string; port: number }[] = [],
): readonly { host: string; port: number }[] {
  const match = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65_535 || Number(match[2]) === 0)
    throw new InvalidArgumentError("expected HOST:PORT, HOST a name or an IPv4 address.");
  return [...previous, { host: match[1] as string, port: Number(match[2]) }];
}

let exitCode: number = EXIT.fine;

const program = new Command("evenkeel")
  .description(
    "A test bench for load balancing: the same traffic and the same failures through every balancer.",
  )
  .version(version())
  .exitOverride()
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: false });

program
  .command("run")
  .description("play scenarios and write the comparison")
  .argument("[scenario...]", "scenario or suite files, or names of the library")
  .option("--all", "every scenario of the library")
  .option("--quick", "the short form of every scenario: less to wait for, wider intervals")
  .option(
    "--balancer <names>",
    "only these: nginx, haproxy, builtin, or as reports name them (nginx-native)",
    names,
  )
  .option("--algorithm <names>", "these instead of the scenario's", names)
  .option("--scenario <names>", "of a suite, only these", names)
  .option("--repeat <n>", "times every trial is played, each time with a seed of its own", whole(1), 1)
  .option("--seed <n>", "seed of arrivals and service times", whole(0), 1)
  .option("--duration <time>", "length of the measured window instead of the scenario's", duration)
  .option(
    "--sweep <path=values>",
    "a series: load=0.1..0.9/0.1, backends=2,4,8, any number of the scenario",
    sweep,
  )
  .option(
    "--python <path>",
    "a Python with Django and gunicorn for real backends (also EVENKEEL_PYTHON; default what setup finds)",
  )
  .option("--counterfactual", "play every trial with faults without them, too: twice the time")
  .option("--out <dir>", "the run folder, new or empty (default results/RUN-ID)")
  .option("--json", "print result.json on standard output")
  .option("--dry-run", "print the plan (with --json as JSON) and stop")
  .action(async (scenarios, options) => {
    exitCode = await runCommand(scenarios, options, io);
  });

program
  .command("simulate")
  .description("play scenarios in virtual time, each algorithm by the rules of the builtin proxy")
  .argument("[scenario...]", "scenario or suite files, or names of the library")
  .option("--all", "every scenario of the library")
  .option("--quick", "the short form of every scenario: less to wait for, wider intervals")
  .option("--algorithm <names>", "these instead of the scenario's", names)
  .option("--repeat <n>", "times every trial is played, each time with a seed of its own", whole(1), 1)
  .option("--seed <n>", "seed of arrivals and service times", whole(0), 1)
  .addOption(
    new Option("--duration <time>", "length of the measured window instead of the scenario's")
      .argParser(duration)
      .conflicts("requests"),
  )
  .option("--requests <n>", "requests of the measured window instead of its length", whole(1))
  .option("--backends <n>", "number of backends instead of the scenario's", whole(1))
  .option(
    "--sweep <path=values>",
    "a series: load=0.1..0.9/0.1, backends=2,4,8, any number of the scenario",
    sweep,
  )
  .option("--no-counterfactual", "do not play trials with faults without them, too")
  .option("--out <dir>", "the run folder, new or empty (default results/RUN-ID)")
  .option("--json", "print result.json on standard output")
  .action(async (scenarios, options) => {
    exitCode = await simulateCommand(scenarios, options, io);
  });

program
  .command("list")
  .description("what there is")
  .argument("[topic]", TOPICS.join(", "))
  .option("--json", "as JSON")
  .action(async (topic, options) => {
    exitCode = await listCommand(topic, options, io);
  });

program
  .command("validate")
  .description("check scenario files")
  .argument("<scenario...>", "files")
  .action(async (files, options) => {
    exitCode = await validateCommand(files, options, io);
  });

program
  .command("report")
  .description("make every report of a run again from its records")
  .argument("[run]", "run folder or RUN-ID", "results/latest")
  .option("--json", "print result.json on standard output")
  .action(async (run, options) => {
    exitCode = await reportCommand(run, options, io);
  });

program
  .command("compare")
  .description("two runs side by side: differences, rankings; a simulation is matched by algorithm")
  .argument("<first>", "run folder or RUN-ID")
  .argument("<second>", "run folder or RUN-ID")
  .option("--out <dir>", "also write comparison.md, comparison.json and a picture per scenario there")
  .option("--json", "print the comparison as JSON")
  .action(async (first, second, options) => {
    exitCode = await compareCommand(first, second, options, io);
  });

program
  .command("config")
  .description("print the configuration that a balancer would run")
  .argument("<balancer>", "nginx, haproxy or builtin")
  .requiredOption("--algorithm <name>", "algorithm")
  .requiredOption("--backend <host:port...>", "the backends, by name or IPv4 address", backend)
  .option("--listen <host:port>", "address to listen on", (text) => backend(text), [
    { host: "127.0.0.1", port: 8080 },
  ])
  .option("--workers <n>", "NGINX workers, HAProxy threads, builtin processes", whole(1), 1)
  .addOption(
    new Option("--tuning <kind>", "set alike, or as each product recommends")
      .choices(["parity", "native"])
      .default("parity"),
  )
  .action(async (balancer, options) => {
    exitCode = await configCommand(balancer, options, io);
  });

program
  .command("doctor")
  .description("say what this machine has and lacks")
  .action(async () => {
    exitCode = await doctorCommand(io);
  });

program
  .command("setup")
  .description("fetch NGINX, HAProxy and Django where they are missing; nothing is installed")
  .action(async () => {
    exitCode = await setupCommand(io);
  });

program
  .command("calibrate")
  .description("measure real Django and write a service profile for simulated backends")
  .argument("<what>", "django")
  .option(
    "--python <path>",
    "a Python with Django and gunicorn (also EVENKEEL_PYTHON; default what setup finds)",
  )
  .option("--out <file>", "the profile", "django-profile.json")
  .option("--views <names>", "only these: product, search, ... (default all)", names)
  .option("--quick", "a few seconds, fewer requests of each view")
  .option("--check", "then hold the simulated backend against real Django at three loads; minutes")
  .action(async (what, options) => {
    exitCode = await calibrateCommand(what, options, io);
  });

program
  .command("selftest")
  .description("hold the simulator and the live bench against queueing theory")
  .addOption(new Option("--engine <name>", "one of them (default both)").choices(["simulation", "live"]))
  .option("--quick", "about a minute: shorter runs, wider bounds where numbers are drawn")
  .option(
    "--only <text>",
    "only parts whose name contains this: md1, supermarket, live/stall, live/queue/nginx, ...",
  )
  .option("--json", "print the table as JSON on standard output")
  .action(async (options) => {
    exitCode = await selftestCommand(options, io);
  });

/** One message for people and the code for scripts; only a failure of our own shows a stack. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (error instanceof ScenarioError || error instanceof UsageError) return say(error.message, EXIT.usage);
  if (error instanceof EnvironmentError) return say(error.message, EXIT.environment);
  // The signal has been answered already.
  if (error instanceof InterruptedError) return EXIT.interrupted;
  if (error instanceof BalancerError) return say(`${error.message}\n${error.output}`.trim(), EXIT.usage);
  const { code, message, stack } = (
    error instanceof Error ? error : new Error(String(error))
  ) as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT")
    return say(
      `the disk is full: ${message}. Free some space; what was written before is whole.`,
      EXIT.environment,
    );
  if (code === "EPIPE") return EXIT.fine;
  return say(`this is a failure of evenkeel itself, please report it:\n${stack ?? message}`, EXIT.failure);
}

function say(message: string, code: number): number {
  io.stderr.write(`evenkeel: ${message}\n`);
  return code;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // The reader (`| head`) has seen enough.
  if (error.code === "EPIPE") process.exit(exitCode);
  process.exit(explain(error));
});

try {
  await program.parseAsync();
} catch (error) {
  exitCode = explain(error);
}
process.exitCode = exitCode;
