/** Rules about faults: those that are there, in time, and not in each other's way. */
import { formatDuration, type Millis } from "#kernel/units.ts";
import type { Fault } from "../backends/faults/fault.ts";
import { faults as kinds } from "../backends/faults/registry.ts";
import { backendsOf, MOST_WINDOWS, windowsOf } from "../backends/faults/windows.ts";
import type { Finding } from "./problem.ts";
import type { RuleContext } from "./rules.ts";
import type { Scenario } from "./scenario.ts";
import { hasStation } from "./stations.ts";

type Rule = (scenario: Scenario, context: RuleContext) => readonly Finding[];
type Entry = Scenario["faults"][number];

export const noSuchBackend = (count: number): string =>
  `there is no such backend: backends.count is ${count}, and they are numbered from 1`;

/** Of something that the window ends before. */
export function afterTheEnd(
  at: Millis,
  duration: Millis,
  durationFrom: string | undefined,
  what: string,
): string {
  const by = durationFrom === undefined ? "" : `, set by ${durationFrom}`;
  const when = at === duration ? "at" : "after";
  return `${formatDuration(at)} is ${when} the end of the measured window (duration ${formatDuration(duration)}${by}): the ${what} would never be seen`;
}

const backendsExistOnce: Rule = ({ faults, backends }) =>
  faults.flatMap(({ backend }, i): Finding[] => {
    if (backend === "all") return [];
    const isList = typeof backend !== "number";
    return (isList ? backend : [backend]).flatMap((id, j): Finding[] => {
      const path = ["faults", i, "backend", ...(isList ? [j] : [])];
      if (id > backends.count) return [{ path, message: `${id}: ${noSuchBackend(backends.count)}` }];
      if (isList && backend.indexOf(id) < j) return [{ path, message: `backend ${id} is named twice` }];
      return [];
    });
  });

const startInTime: Rule = ({ faults, backends, traffic }, { durationFrom }) =>
  faults.flatMap((fault, i): Finding[] => {
    const hit = backendsOf(fault, backends.count);
    const { at, stagger } = fault;
    const { duration } = traffic;
    if (at >= duration)
      return [{ path: ["faults", i, "at"], message: afterTheEnd(at, duration, durationFrom, "fault") }];
    if (stagger === undefined) return [];
    const path = ["faults", i, "stagger"];
    if (hit.length === 1)
      return [{ path, message: "says how much later the next backend starts: name several backends" }];
    const last = at + stagger * (hit.length - 1);
    if (last < duration) return [];
    const late = afterTheEnd(last, duration, durationFrom, "fault");
    return [{ path, message: `backend ${hit.at(-1)}: ${late}` }];
  });

const isFewWindows: Rule = (scenario) => {
  const count = windowsIn(scenario).length;
  if (count <= MOST_WINDOWS) return [];
  const message = `more than ${MOST_WINDOWS} faults, counting every backend and every time: give fewer backends, fewer times or longer ones`;
  return [{ path: ["faults"], message }];
};

/** Each needs a process of its own that waits from the beginning. */
const MOST_RESTARTS = 24;

const areFewRestarts: Rule = (scenario) => {
  const restarts = windowsIn(scenario).filter(({ type }) => type === "crash" || type === "restart");
  if (restarts.length <= MOST_RESTARTS) return [];
  const message = `${restarts.length} crashes and restarts; at most ${MOST_RESTARTS}, because a process waits for each from the beginning (refuse has the same effect without one)`;
  return [{ path: ["faults"], message }];
};

const jitterLeavesTime: Rule = ({ faults }) =>
  faults.flatMap(({ for: length, repeat }, i): Finding[] => {
    if (repeat === undefined || repeat.jitter < Math.min(length, repeat.up)) return [];
    const message = `must be below the shorter of for (${formatDuration(length)}) and repeat.up (${formatDuration(repeat.up)})`;
    return [{ path: ["faults", i, "repeat", "jitter"], message }];
  });

const staysWithinItsMeans: Rule = ({ faults, backends }) =>
  faults.flatMap((fault, i): Finding[] => {
    const path = ["faults", i];
    if (fault.type === "keep-alive-race" && backends.mode === "sync")
      return [
        {
          path: [...path, "type"],
          message: "sync workers keep no connection: it needs backends.mode gthread",
        },
      ];
    if (fault.type !== "reset" || fault.stage !== "accept") return [];
    const { share, paths, methods, except } = fault;
    if (share === 1 && [paths, methods, except].every((scope) => scope === undefined)) return [];
    const message =
      "stage accept cuts every connection before its request is known: it takes no share, paths, methods or except";
    return [{ path: [...path, "stage"], message }];
  });

/** What a process or a worker does to a request, whoever serves it; the others are made for queues that are known on arrival. */
const PLAYED_BY_STATIONS: readonly string[] = [
  "abort",
  "brownout",
  "crash",
  "empty-reply",
  "error",
  "hang",
  "latency",
  "pause",
  "slow",
];

const stationsPlayIt: Rule = (scenario) =>
  !hasStation(scenario)
    ? []
    : scenario.faults.flatMap((fault, i): Finding[] => {
        if (PLAYED_BY_STATIONS.includes(fault.type)) return [];
        if (fault.type === "reset" && fault.stage === "headers") return [];
        const message = `${fault.type} is not played at backends with limits of gunicorn's (cores, gil, database, backlog, timeout, maxRequests, coldStart, gcPause, workerConnections, overhead, mode async) or clients that are slow: leave these out, or take ${PLAYED_BY_STATIONS.join(", ")}`;
        return [{ path: ["faults", i, "type"], message }];
      });

const kindOf = ({ type }: Pick<Entry, "type">): Fault =>
  kinds.find(({ name }) => name === type) as unknown as Fault;

/** Faults that a process or its socket can have only one of at a time. */
const isExclusive = (fault: Pick<Entry, "type">): boolean =>
  ["process", "listener"].includes(kindOf(fault).means);

const faultsDoNotOverlap: Rule = (scenario) => {
  const windows = windowsIn(scenario);
  if (windows.length > MOST_WINDOWS) return [];
  const told = new Set<number>();
  return windows.flatMap((window, at): Finding[] => {
    const other = windows
      .slice(0, at)
      .find(
        (before) =>
          before.entry !== window.entry &&
          before.backend === window.backend &&
          (before.type === window.type || (isExclusive(before as Entry) && isExclusive(window as Entry))) &&
          before.at < window.at + window.for &&
          window.at < before.at + before.for,
      );
    const { entry = 0, type, backend } = window;
    if (other === undefined || told.has(entry)) return [];
    told.add(entry);
    const message = `this ${type} of backend ${backend} overlaps the ${other.type} of faults[${other.entry}], which lasts from ${formatDuration(other.at)} to ${formatDuration(other.at + other.for)}`;
    return [{ path: ["faults", entry], message }];
  });
};

/** Every window, but for the jitter that the seed of a trial gives them. */
export const windowsIn = ({ faults, backends, traffic }: Scenario): ReturnType<typeof windowsOf> =>
  windowsOf(
    faults.map((fault) =>
      fault.repeat === undefined ? fault : { ...fault, repeat: { ...fault.repeat, jitter: 0 } },
    ),
    { count: backends.count, durationMs: traffic.duration, seed: 0 },
  );

export const faultRules: readonly Rule[] = [
  backendsExistOnce,
  startInTime,
  isFewWindows,
  areFewRestarts,
  jitterLeavesTime,
  staysWithinItsMeans,
  stationsPlayIt,
  faultsDoNotOverlap,
];
