import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BalancerError } from "../balancers/balancer.ts";
import { PARITY } from "../balancers/parity.ts";
import type { Runtime } from "../balancers/runtime.ts";
import type { Plan } from "./plan.ts";
import { UsageError } from "./trial.ts";

/** A configuration of the user's own that its balancer refuses is bad input: said before anything is played. */
export async function checkOwnConfigs({ trials }: Plan, runtime: Runtime, workFolder: string): Promise<void> {
  const seen = new Set<string>();
  for (const { contestant, scenario, seed } of trials) {
    if (contestant.ownConfig === null || seen.has(contestant.ownConfig.path)) continue;
    seen.add(contestant.ownConfig.path);
    const directory = join(workFolder, `check-${seen.size}`);
    mkdirSync(directory);
    const backends = await Promise.all(
      Array.from({ length: scenario.backends.count }, async (_, index) => ({
        id: index + 1,
        host: "127.0.0.1",
        port: await runtime.freePort("127.0.0.1"),
        weight: 1,
      })),
    );
    try {
      const running = await contestant.balancer.start(
        {
          algorithm: contestant.algorithm,
          hashKey: scenario.contestants.hashKey,
          backends,
          listen: { host: "127.0.0.1", port: await runtime.freePort("127.0.0.1") },
          workers: scenario.contestants.workers,
          zone: true,
          tuning: "parity",
          seed,
          healthHost: scenario.traffic.host,
          timeouts: { connectMs: PARITY.connectMs, readMs: PARITY.readMs },
          maxConnections: 1_024,
          attempts: false,
          directory,
          ownConfig: contestant.ownConfig,
        },
        runtime,
      );
      await running.stop();
    } catch (error) {
      if (!(error instanceof BalancerError)) throw error;
      throw new UsageError(`${contestant.ownConfig.path}: ${error.message}\n${error.output}`.trim());
    }
    rmSync(directory, { recursive: true, force: true });
  }
}
