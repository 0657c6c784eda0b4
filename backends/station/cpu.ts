import type { Millis } from "#kernel/units.ts";

/** A piece of work on a CPU. */
export interface Task {
  readonly process: number;
  readonly needsLock: boolean;
  /** Called at the instant of its end. */
  readonly done: (now: Millis) => void;
  leftMs: Millis;
  sinceMs: Millis;
  /** Work per time since then. */
  rate: number;
  endMs: Millis;
}

/** The cores of one backend, shared evenly by what can run. */
export interface Cpu {
  /** Of the first task to end if nothing changes; infinity when none ends. */
  readonly nextMs: Millis;
  add(now: Millis, process: number, needsLock: boolean, workMs: Millis, done: Task["done"]): Task;
  remove(now: Millis, task: Task): void;
  /** Ends the first task, at `nextMs`. */
  step(): void;
  /** What a stopped process has to do stands still; null stops all of them. Stops add up. */
  stop(now: Millis, process: number | null): void;
  go(now: Millis, process: number | null): void;
  /** Core-milliseconds used until `now`. */
  usedMs(now: Millis): number;
}

/**
 * Egalitarian processor sharing in two steps: cores are shared by processes, or by threads that hold no lock; the lock of a process by the
 * threads that need it. `cores` null: as many as are wanted; `gilOverhead` null: threads need no lock.
 */
export function createCpu(processes: number, cores: number | null, gilOverhead: number | null): Cpu {
  const limit = cores ?? Number.POSITIVE_INFINITY;
  const tasks: Task[] = [];
  const stops = new Int32Array(processes);
  const locked = new Int32Array(processes);
  let stopsOfAll = 0;
  let first: Task | null = null;
  let used = 0;
  let usedSinceMs = 0;
  let usedUntilNow = 0;

  const canRun = ({ process }: Task): boolean => stopsOfAll === 0 && stops[process] === 0;
  /** Every task's rate from `now` on; what keeps its rate keeps its end, to the last bit. */
  const share = (now: Millis): void => {
    usedUntilNow += used * (now - usedSinceMs);
    usedSinceMs = now;
    locked.fill(0);
    let wanted = 0;
    for (const task of tasks) {
      if (!canRun(task)) continue;
      if (!task.needsLock || gilOverhead === null) wanted += 1;
      else if (locked[task.process]!++ === 0) wanted += 1;
    }
    const part = wanted > limit ? limit / wanted : 1;
    used = Math.min(wanted, limit);
    first = null;
    for (const task of tasks) {
      const rate = canRun(task) ? part * lockShare(task, locked[task.process] as number) : 0;
      if (rate !== task.rate) {
        task.leftMs = Math.max(0, task.leftMs - (now - task.sinceMs) * task.rate);
        task.sinceMs = now;
        task.rate = rate;
        task.endMs = rate === 0 ? Number.POSITIVE_INFINITY : now + task.leftMs / rate;
      }
      if (first === null || task.endMs < first.endMs) first = task;
    }
  };
  const lockShare = ({ needsLock }: Task, competing: number): number => {
    if (!needsLock || gilOverhead === null || competing <= 1) return 1;
    return 1 / (competing * gilOverhead);
  };
  const drop = (task: Task): void => {
    const at = tasks.indexOf(task);
    if (at >= 0) tasks.splice(at, 1);
  };
  const change = (now: Millis, process: number | null, by: 1 | -1): void => {
    if (process === null) stopsOfAll += by;
    else stops[process]! += by;
    share(now);
  };
  return {
    get nextMs() {
      return first?.endMs ?? Number.POSITIVE_INFINITY;
    },
    add(now, process, needsLock, workMs, done) {
      const task: Task = {
        process,
        needsLock,
        done,
        leftMs: workMs,
        sinceMs: now,
        rate: 0,
        endMs: Number.POSITIVE_INFINITY,
      };
      tasks.push(task);
      share(now);
      return task;
    },
    remove(now, task) {
      drop(task);
      share(now);
    },
    step() {
      if (first === null) throw new Error("no task ends");
      const task = first;
      const { endMs } = task;
      drop(task);
      share(endMs);
      task.done(endMs);
    },
    stop: (now, process) => change(now, process, 1),
    go: (now, process) => change(now, process, -1),
    usedMs: (now) => usedUntilNow + used * (now - usedSinceMs),
  };
}
