import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, freemem, totalmem } from "node:os";
import picocolors from "picocolors";
import { findProduct } from "../../balancers/fetch/locate.ts";
import { namedPython } from "../django/find.ts";
import { findDjango, findOwnPython } from "../django/product.ts";
import { EXIT, type Io, wantsColor } from "../io.ts";
import { describeVersion } from "./setup.ts";

type Level = "ok" | "warn" | "missing";

interface Finding {
  readonly level: Level;
  readonly what: string;
  /** What to do about it. */
  readonly advice?: string;
}

const MIN_DESCRIPTORS = 4_096;

/** Says what this machine has and lacks; exit 3 when something that a run needs is missing. */
export async function doctorCommand(io: Io): Promise<number> {
  const findings = [
    node(),
    cores(),
    memory(),
    descriptors(),
    pressure(),
    results(),
    await clientAddresses(),
    ...(await products()),
    await django(),
  ];
  const colors = picocolors.createColors(wantsColor(io.stdout));
  const mark: Record<Level, string> = {
    ok: colors.green("ok     "),
    warn: colors.yellow("warning"),
    missing: colors.red("missing"),
  };
  for (const { level, what, advice } of findings) {
    io.stdout.write(`${mark[level]}  ${what}\n${advice === undefined ? "" : `         ${advice}\n`}`);
  }
  return findings.some(({ level }) => level === "missing") ? EXIT.environment : EXIT.fine;
}

function node(): Finding {
  return { level: "ok", what: `Node ${process.versions.node}` };
}

function cores(): Finding {
  const count = cpus().length;
  const what = `${count} cores, ${cpus()[0]?.model.trim() ?? "unknown"}`;
  return count >= 2
    ? { level: "ok", what }
    : {
        level: "warn",
        what,
        advice:
          "With one core the generator, the balancer and the backends wait for each other: expect suspect trials.",
      };
}

function memory(): Finding {
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return {
    level: freemem() > 2 ** 29 ? "ok" : "warn",
    what: `${gib(totalmem())} memory, ${gib(freemem())} free`,
  };
}

function descriptors(): Finding {
  const limits = existsSync("/proc/self/limits") ? readFileSync("/proc/self/limits", "utf8") : "";
  const soft = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
  if (Number.isNaN(soft)) return { level: "warn", what: "limit of open files unknown on this system" };
  const what = `${soft} open files allowed`;
  return soft >= MIN_DESCRIPTORS
    ? { level: "ok", what }
    : { level: "warn", what, advice: `High rates need more: ulimit -n ${MIN_DESCRIPTORS * 4}` };
}

function pressure(): Finding {
  return existsSync("/proc/pressure/cpu")
    ? { level: "ok", what: "the kernel tells CPU pressure (verdicts use it)" }
    : { level: "warn", what: "the kernel does not tell CPU pressure: verdicts go without it" };
}

function results(): Finding {
  try {
    accessSync(existsSync("results") ? "results" : ".", constants.W_OK);
    return { level: "ok", what: `results go to ${process.cwd()}/results` };
  } catch {
    return {
      level: "missing",
      what: `${process.cwd()} cannot be written`,
      advice: "Give another place with --out DIR.",
    };
  }
}

/** Distinct client addresses need 127/8 on the loopback interface (Linux has it, macOS does not). */
function clientAddresses(): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () =>
      resolve({
        level: "warn",
        what: "only 127.0.0.1 on the loopback interface",
        advice: "All clients share one address: ip-hash and consistent-hash send everything to one backend.",
      }),
    );
    server.listen({ host: "127.9.8.1", port: 0 }, () =>
      server.close(() => resolve({ level: "ok", what: "clients can have addresses of their own (127/8)" })),
    );
  });
}

async function products(): Promise<readonly Finding[]> {
  return Promise.all(
    (["nginx", "haproxy"] as const).map(async (name): Promise<Finding> => {
      const found = await findProduct(name, process.env);
      if (found.available) return { level: "ok", what: `${name} ${found.version} (${found.origin})` };
      return {
        level: "missing",
        what: `${name}: ${found.reason}`,
        advice: found.advice,
      };
    }),
  );
}

/** Only scenarios with `kind: django` and `calibrate` need it. */
async function django(): Promise<Finding> {
  const named = namedPython(undefined);
  const found = named === undefined ? await findDjango() : await findOwnPython(named);
  if (found.available) return { level: "ok", what: `django ${describeVersion(found)} (${found.origin})` };
  return {
    level: "warn",
    what: `django: ${found.reason}; only real Django backends (kind: django) need it`,
    advice: found.advice,
  };
}
