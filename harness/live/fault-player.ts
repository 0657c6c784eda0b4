import { nowNs } from "../../backends/alarm.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import type { Fleet, Member } from "./fleet.ts";
import { playTimetable, type Step } from "./timetable.ts";

/** When a fault really began and ended, ms from the start of the window; null if it never did. */
export interface FaultLog {
  readonly spec: FaultSpec;
  injectedAtMs: number | null;
  liftedAtMs: number | null;
}

export interface FaultPlayer {
  readonly log: readonly FaultLog[];
  /** Ends the timetable; what is paused goes on, what is down stays down for the next reset. */
  close(): Promise<void>;
}

const MS = 1e6;

/** Plays the timetable of faults against the fleet, `zeroNs` being the start of the window. `onError` hears what went wrong. */
export function playFaults(
  fleet: Fleet,
  faults: readonly FaultSpec[],
  zeroNs: bigint,
  onError: (error: Error) => void,
): FaultPlayer {
  const zero = Number(zeroNs);
  const since = (): number => (nowNs() - zero) / MS;
  const log: FaultLog[] = faults.map((spec) => ({ spec, injectedAtMs: null, liftedAtMs: null }));
  const end = playTimetable(
    log.flatMap((entry) => stepsOf(entry, fleet, zero, since)),
    onError,
  );
  return {
    log,
    async close() {
      await end();
      for (const member of fleet.members) if (member.process.handle.running) member.process.handle.resume();
    },
  };
}

function stepsOf(entry: FaultLog, fleet: Fleet, zero: number, since: () => number): readonly Step[] {
  const { spec } = entry;
  const fromNs = zero + spec.at * MS;
  const toNs = fromNs + spec.for * MS;
  const member = fleet.members.find((candidate) => candidate.address.id === spec.backend);
  if (member === undefined) throw new Error(`fault on backend ${spec.backend}, which is not there`);
  if (spec.type === "crash" || spec.type === "restart")
    return restartSteps(entry, member, fromNs, toNs, since);
  const pause = spec.type === "pause";
  // Other faults are played by the backend itself on the same clock: they begin and end at the instants of the timetable.
  const begin = (): void => {
    if (pause) member.process.handle.pause();
    mark(entry, "injectedAtMs", pause ? since : () => spec.at);
  };
  const end = (): void => {
    if (pause) member.process.handle.resume();
    mark(entry, "liftedAtMs", pause ? since : () => spec.at + spec.for);
  };
  return [
    { atNs: fromNs, act: begin },
    { atNs: toNs, act: end },
  ];
}

function mark(entry: FaultLog, field: "injectedAtMs" | "liftedAtMs", since: () => number): void {
  entry[field] = since();
}

/** Ends the process, at once or as it likes, and lets another one listen when the fault ends. */
function restartSteps(
  entry: FaultLog,
  member: Member,
  fromNs: number,
  toNs: number,
  since: () => number,
): readonly Step[] {
  return [
    {
      atNs: fromNs,
      async act() {
        const next = member.standbys.shift();
        if (next === undefined) throw new Error(`no standby for backend ${member.address.id}`);
        const old = member.process;
        member.expectedDown = true;
        mark(entry, "injectedAtMs", since);
        if (entry.spec.type === "crash") {
          old.handle.kill();
          await old.handle.exited;
        } else void old.handle.stop({ graceMs: GRACE_MS });
        member.process = next;
        // Opens the port at the instant itself, however late this process is.
        await next.listen({ atNs: String(BigInt(Math.round(toNs))) });
        member.expectedDown = false;
        mark(entry, "liftedAtMs", since);
      },
    },
  ];
}

/** gunicorn's graceful_timeout. */
const GRACE_MS = 30_000;
