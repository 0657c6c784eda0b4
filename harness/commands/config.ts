import { algorithms } from "../../balancers/algorithms/registry.ts";
import type { BalancerSpec, Tuning } from "../../balancers/balancer.ts";
import { PARITY } from "../../balancers/parity.ts";
import { balancers } from "../../balancers/registry.ts";
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
  const known = algorithms.map((algorithm) => algorithm.name);
  if (!known.includes(options.algorithm))
    throw new UsageError(unknownName("algorithm", options.algorithm, known));
  const support = balancer.supports(options.algorithm);
  if (!support.supported) throw new UsageError(`${name} has no ${options.algorithm}: ${support.reason}`);
  const [listen] = options.listen;
  if (listen === undefined) throw new UsageError("--listen needs HOST:PORT");
  const spec: BalancerSpec = {
    algorithm: options.algorithm,
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
