import { resolve } from "node:path";
import { ALGORITHM_FILE, AlgorithmError } from "../../balancers/algorithm.ts";
import { algorithms } from "../../balancers/algorithms/registry.ts";
import type { BalancerSpec, Tuning } from "../../balancers/balancer.ts";
import { canonicalName, readComposedName } from "../../balancers/composed-name.ts";
import { CLIENT_ADDRESS } from "../../balancers/hash-key.ts";
import { loadOwnAlgorithm } from "../../balancers/own-algorithm.ts";
import { PARITY } from "../../balancers/parity.ts";
import { balancers } from "../../balancers/registry.ts";
import { composedProblem } from "../../scenarios/composed.ts";
import { unknownName } from "../../scenarios/nearest.ts";
import { EXIT, type Io } from "../io.ts";
import { UsageError } from "../trial.ts";

export interface ConfigOptions {
  readonly algorithm: string;
  readonly backend: readonly { readonly host: string; readonly port: number }[];
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  readonly workers: number;
  readonly tuning: Tuning;
}

/** The name, or the absolute path of a file of the user's own that has an algorithm. */
async function nameOrPath(given: string): Promise<string> {
  const { algorithm, overlays } = readComposedName(given);
  if (!ALGORITHM_FILE.test(algorithm)) {
    const problem = composedProblem(
      given,
      algorithms.map(({ name }) => name),
    );
    if (problem !== null) throw new UsageError(problem);
    return canonicalName(given);
  }
  try {
    return [(await loadOwnAlgorithm(resolve(algorithm))).path, ...overlays].join("+");
  } catch (error) {
    if (error instanceof AlgorithmError) throw new UsageError(`--algorithm ${given}: ${error.message}`);
    throw error;
  }
}

/** Prints the main configuration file that `run` would write for these backends. */
export async function configCommand(name: string, options: ConfigOptions, io: Io): Promise<number> {
  const balancer = balancers.find((candidate) => candidate.name === name);
  if (balancer === undefined)
    throw new UsageError(
      unknownName(
        "balancer",
        name,
        balancers.map((known) => known.name),
      ),
    );
  const algorithm = await nameOrPath(options.algorithm);
  const support = balancer.supports(algorithm);
  if (!support.supported) throw new UsageError(`${name} has no ${options.algorithm}: ${support.reason}`);
  const [listen] = options.listen;
  if (listen === undefined) throw new UsageError("--listen needs HOST:PORT");
  const spec: BalancerSpec = {
    algorithm,
    hashKey: CLIENT_ADDRESS,
    backends: options.backend.map((address, index) => ({ id: index + 1, ...address, weight: 1 })),
    listen,
    workers: options.workers,
    zone: true,
    tuning: options.tuning,
    seed: 1,
    healthHost: "localhost",
    timeouts: { connectMs: PARITY.connectMs, readMs: PARITY.readMs },
    maxConnections: 1_024,
    attempts: false,
    directory: "/var/run/evenkeel",
  };
  const [main] = balancer.render(spec);
  io.stdout.write(main?.text ?? "");
  return EXIT.fine;
}
