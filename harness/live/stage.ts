import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BalancerSpec, RunningBalancer } from "../../balancers/balancer.ts";
import { readComposedName } from "../../balancers/composed-name.ts";
import { PARITY } from "../../balancers/parity.ts";
import type { Runtime } from "../../balancers/runtime.ts";
import { isReal } from "../../scenarios/real-django.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { absentAtFirst } from "../../scenarios/standing.ts";
import { readMsOf } from "../read-limit.ts";
import type { RunFolder } from "../run-folder.ts";
import {
  type Contestant,
  hasTwin,
  type PlannedTrial,
  type Progress,
  type Stage,
  type Stand,
  VerificationError,
} from "../trial.ts";
import { connectionsNeeded } from "./connections-needed.ts";
import { endedUnasked } from "./ended-unasked.ts";
import type { Fleet } from "./fleet.ts";
import type { LoadClient } from "./load-client.ts";
import { playTrial } from "./play.ts";
import { reachOf } from "./reach.ts";
import { playTwin } from "./twin.ts";
import { verify } from "./verify.ts";

const HOST = "127.0.0.1";

export interface StageInputs {
  readonly runtime: Runtime;
  readonly folder: RunFolder;
  readonly directory: string;
  readonly scenario: Scenario;
  readonly fleet: Fleet;
  readonly load: () => Promise<LoadClient>;
  readonly signal: AbortSignal;
}

/** Backends that are up, in front of which one contestant after the other is put. */
export function openStage(inputs: StageInputs): Stage {
  const { runtime, directory, scenario, fleet } = inputs;
  const absent = absentAtFirst(scenario.membership);
  const verified = new Set<string>();
  let instances = 0;

  const startBalancer = async (trial: PlannedTrial, attempts: boolean): Promise<Instance> => {
    instances += 1;
    const own = join(directory, `balancer-${instances}`);
    mkdirSync(own);
    const spec: BalancerSpec = {
      algorithm: specNameOf(trial.contestant),
      overlays: scenario.contestants.overlays ?? {},
      hashKey: scenario.contestants.hashKey,
      backends: fleet.addresses,
      listen: { host: HOST, port: await runtime.freePort(HOST) },
      workers: scenario.contestants.workers,
      zone: trial.contestant.zone,
      tuning: trial.contestant.tuning,
      seed: trial.seed,
      healthHost: scenario.traffic.host,
      timeouts: { connectMs: PARITY.connectMs, readMs: readMsOf(scenario) },
      maxConnections: connectionsNeeded(scenario).given,
      attempts,
      directory: own,
      ...(scenario.membership.length === 0 ? {} : { membership: { absent } }),
      ...(trial.contestant.ownConfig === null ? {} : { ownConfig: trial.contestant.ownConfig }),
    };
    const running = await trial.contestant.balancer.start(spec, runtime);
    return { spec, running };
  };

  const verifyOnce = async (trial: PlannedTrial): Promise<void> => {
    const key = `${trial.contestant.name}/${trial.contestant.algorithm}`;
    if (verified.has(key)) return;
    const { algorithm } = trial.contestant;
    const instance = await startBalancer(trial, false);
    try {
      // One that died in the trial before is started again.
      await fleet.prepare(new Map());
      await fleet.reset(process.hrtime.bigint(), [], trial.seed);
      await verify({
        contestant: trial.contestant,
        target: {
          host: HOST,
          port: instance.running.port,
          hostHeader: scenario.traffic.host,
          // A probe takes as long as it says: at real servers one view does that.
          ...(isReal(scenario) ? { path: "/wait/" } : {}),
        },
        ...reachOf(
          algorithm,
          fleet.addresses.filter(({ id }) => !absent.includes(id)),
          scenario,
        ),
        sharedState: sharesState(trial.contestant, scenario.contestants.workers),
        hashKey: scenario.contestants.hashKey,
        family: trial.contestant.definition?.family ?? null,
      });
    } catch (error) {
      throw (await deathOf(trial.contestant, instance)) ?? error;
    } finally {
      await closeInstance(instance);
    }
    verified.add(key);
  };

  return {
    async prepare(trial: PlannedTrial, onProgress: (progress: Progress) => void): Promise<Stand> {
      onProgress({ phase: "verify", scheduled: 0, ended: 0, failed: 0 });
      await verifyOnce(trial);
      const start = (): Promise<Instance> => startBalancer(trial, scenario.faults.length > 0);
      const twinRows = hasTwin(trial)
        ? await playTwin({ ...inputs, trial, onProgress }, start, closeInstance)
        : null;
      const instance = await start();
      return {
        play: (listener) => playTrial({ ...inputs, trial, instance, twinRows, onProgress: listener }),
        close: () => closeInstance(instance),
      };
    },
    close: () => fleet.close(),
  };
}

/** One worker, NGINX's workers with a `zone`, and HAProxy's threads; processes of the builtin proxy and NGINX without `zone` each have their own. */
function sharesState({ balancer, zone }: Contestant, workers: number): boolean {
  return workers === 1 || balancer.name === "haproxy" || (balancer.name === "nginx" && zone);
}

/** A balancer that ended is the reason, not the probe that it left unanswered; null when it lives on. */
async function deathOf(contestant: Contestant, { running }: Instance): Promise<VerificationError | null> {
  const exit = await Promise.race([running.handle.exited, sleep(DYING_MS, null, { ref: false })]);
  return exit === null ? null : new VerificationError(endedUnasked(contestant, running.handle, exit));
}

/** Between a connection that breaks and the end of the process that held it. */
const DYING_MS = 500;

/** Name for a balancer: an algorithm of the user's own goes by its file. */
function specNameOf({ algorithm, algorithmFile }: Contestant): string {
  if (algorithmFile === null) return algorithm;
  return [algorithmFile, ...readComposedName(algorithm).overlays].join("+");
}

/** One balancer process with the specification it runs. */
export interface Instance {
  readonly spec: BalancerSpec;
  readonly running: RunningBalancer;
}

async function closeInstance({ spec, running }: Instance): Promise<void> {
  await running.stop();
  rmSync(spec.directory, { recursive: true, force: true });
}
