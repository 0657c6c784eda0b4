import { readdirSync, readFileSync } from "node:fs";

/** Readings of the kernel's process table. A process that is gone reads as empty or null, never as an error. */

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Gone between listing and reading, or hidden from us: both mean "not there" to a reading.
    return null;
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

export function processIds(): readonly number[] {
  return list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

export interface ProcessStat {
  readonly parent: number;
  readonly group: number;
  readonly state: string;
  /** Clock ticks since boot: with the id it names a process for good. */
  readonly startTime: string;
}

/** `/proc/PID/stat`; null when there is no such process. */
export function processStat(pid: number): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The command name may hold spaces and parentheses: fields count from the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTime: fields[19] ?? "",
  };
}

/** `pid` and all processes below it. */
export function processTree(pid: number): readonly number[] {
  const tree = [pid];
  for (let at = 0; at < tree.length; at++) {
    for (const task of list(`/proc/${tree[at]}/task`)) {
      const children = read(`/proc/${tree[at]}/task/${task}/children`) ?? "";
      tree.push(
        ...children
          .split(" ")
          .filter((id) => id !== "")
          .map(Number),
      );
    }
  }
  return tree;
}

/** CPU time of one process in nanoseconds: the scheduler's own sum over its threads, not 10 ms ticks. */
export function cpuNs(pid: number): number {
  return sumOfThreads(pid, 0);
}

/** How long its threads could run and waited for a core, in nanoseconds. */
export function delayNs(pid: number): number {
  return sumOfThreads(pid, 1);
}

/** A field of `schedstat`: time on a core, time on its run queue, slices. */
function sumOfThreads(pid: number, field: 0 | 1): number {
  let total = 0;
  for (const task of list(`/proc/${pid}/task`))
    total += Number((read(`/proc/${pid}/task/${task}/schedstat`) ?? "").split(" ")[field] ?? 0);
  return total;
}

/** Resident memory of one process in bytes. */
export function rssBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? "");
  return match ? Number(match[1]) * 1024 : 0;
}
