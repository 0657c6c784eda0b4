import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import type { BackendSpec } from "../../backends/protocol.ts";
import type { BackendAddress } from "../../balancers/balancer.ts";
import type { Runtime } from "../../balancers/runtime.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { deploymentOf } from "../deployment.ts";
import { createLedger, type Ledger } from "../measure/ledger.ts";
import type { BackendProcess } from "./backend-process.ts";

const HOST = "127.0.0.1";

/** One backend of the fleet over all its lives: the process changes at a crash, the port and the ledger do not. */
export interface Member {
  readonly address: BackendAddress;
  readonly ledger: Ledger;
  process: BackendProcess;
  /** Processes that have loaded everything and wait to take over the port: one per crash or restart to come. */
  readonly standbys: BackendProcess[];
  /** Set while a fault means it to be dead: otherwise its end makes the trial invalid. */
  expectedDown: boolean;
  /** How a process of it ended unasked since the last reset. */
  died: string | null;
}

/** The backends of a scenario: up for all its trials, reset between them. */
export interface Fleet {
  readonly members: readonly Member[];
  readonly addresses: readonly BackendAddress[];
  /** Dead members come back, and there is a standby for each crash and restart to come, counted by backend id. */
  prepare(restarts: ReadonlyMap<number, number>): Promise<void>;
  /** Fresh queues, ledgers and faults. */
  reset(zeroNs: bigint, faults: readonly FaultSpec[], seed: number): Promise<void>;
  close(): Promise<void>;
}

/** Brings one backend up, whatever it is. */
export type StartBackend = (spec: BackendSpec) => Promise<BackendProcess>;

export async function openFleet(
  runtime: Pick<Runtime, "freePort">,
  scenario: Scenario,
  seed: number,
  startBackend: StartBackend,
): Promise<Fleet> {
  // One secret per run of the fleet; it never leaves this machine's process environment.
  const token = randomBytes(24).toString("base64url");
  const specs = await Promise.all(
    Array.from({ length: scenario.backends.count }, async (_, index) =>
      toSpec(scenario, index + 1, await runtime.freePort(HOST), seed, token),
    ),
  );
  const members = await Promise.all(
    specs.map((spec) => openMember(startBackend, spec, placeOf(scenario, spec.id))),
  );
  const specOf = new Map(specs.map((spec) => [spec.id, spec]));
  const start = async (member: Member, listen: boolean): Promise<BackendProcess> => {
    const spec = specOf.get(member.address.id);
    if (spec === undefined) throw new Error(`no backend ${member.address.id}`);
    return watch(member, await startBackend({ ...spec, listen }));
  };
  const replace = async (member: Member): Promise<void> => {
    const { handle } = member.process;
    member.expectedDown = true;
    handle.kill();
    await handle.exited;
    // What it still counts belongs to nobody.
    handle.ledger?.destroy();
    member.process = await start(member, true);
    member.expectedDown = false;
  };
  return {
    members,
    addresses: members.map((member) => member.address),
    async prepare(restarts) {
      await Promise.all(
        members.map(async (member) => {
          if (!member.process.handle.running) member.process = await start(member, true);
          const missing = Math.max(0, (restarts.get(member.address.id) ?? 0) - member.standbys.length);
          member.standbys.push(
            ...(await Promise.all(Array.from({ length: missing }, () => start(member, false)))),
          );
          member.expectedDown = false;
        }),
      );
    },
    async reset(zeroNs, faults, seed) {
      await Promise.all(
        members.map(async (member) => {
          member.died = null;
          const order = {
            zeroNs: String(zeroNs),
            seed,
            faults: faults.filter((fault) => fault.backend === member.address.id),
          };
          const [forgot] = await Promise.all(
            [member.process, ...member.standbys].map((process) => process.reset(order)),
          );
          if (forgot === false) await replace(member);
          // What the trial before wrote is read first: it is in the pipe before the answer to the reset is.
          await setImmediate();
          await setImmediate();
          member.ledger.reset();
        }),
      );
    },
    async close() {
      await Promise.all(
        members.flatMap((member) =>
          [member.process, ...member.standbys].map((process) => process.handle.stop({ graceMs: 500 })),
        ),
      );
    },
  };
}

async function openMember(
  startBackend: StartBackend,
  spec: BackendSpec,
  place: { readonly weight: number; readonly priority: number },
): Promise<Member> {
  const process = await startBackend(spec);
  const member: Member = {
    address: { id: spec.id, host: spec.host, port: process.port, ...place },
    ledger: createLedger(),
    process,
    standbys: [],
    expectedDown: false,
    died: null,
  };
  watch(member, process);
  return member;
}

function watch(member: Member, process: BackendProcess): BackendProcess {
  process.handle.ledger?.on("data", member.ledger.source());
  void process.handle.exited.then((exit) => {
    if (member.expectedDown || member.process !== process) return;
    member.died = `backend ${member.address.id} ended unasked with ${exit.signal ?? `code ${exit.code}`}`;
  });
  return process;
}

/** What the balancer is told of a backend. */
function placeOf(scenario: Scenario, id: number): { weight: number; priority: number } {
  const { weight = 1, priority = 0 } = overrideOf(scenario, id) ?? {};
  return { weight, priority };
}

function overrideOf(scenario: Scenario, id: number): Scenario["backends"]["override"][number] | undefined {
  return scenario.backends.override.find((override) => override.backend === id);
}

function toSpec(scenario: Scenario, id: number, port: number, seed: number, token: string): BackendSpec {
  const { allowedHosts, keepalive, gracefulTimeout, django, sessionBackend } = scenario.backends;
  return {
    id,
    host: HOST,
    port,
    ...deploymentOf(scenario.backends, id),
    keepAliveMs: keepalive,
    gracefulTimeoutMs: gracefulTimeout,
    django,
    sessionBackend,
    allowedHosts,
    seed,
    token,
    listen: true,
  };
}
