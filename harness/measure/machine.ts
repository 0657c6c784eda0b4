import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import type { RunRecord } from "../../reports/record.ts";

/** Strain of the machine over a stretch of time, shares in [0, 1]; null where this machine does not say. */
export interface MachineSample {
  /** Share of the time in which something that could run waited for a CPU (pressure stall information, "some"). */
  readonly pressure: number | null;
  /** Share of CPU time that the hypervisor gave to others. */
  readonly steal: number | null;
}

export interface MachineFiles {
  readonly pressure: string;
  readonly stat: string;
}

const FILES: MachineFiles = { pressure: "/proc/pressure/cpu", stat: "/proc/stat" };

/** Starts watching the machine; `stop` says how it was since. */
export function sampleMachine(files: MachineFiles = FILES): { stop(): MachineSample } {
  const startedNs = process.hrtime.bigint();
  const pressureBefore = parsePressureUs(read(files.pressure));
  const ticksBefore = parseTicks(read(files.stat));
  return {
    stop() {
      const elapsedUs = Number(process.hrtime.bigint() - startedNs) / 1_000;
      const pressureAfter = parsePressureUs(read(files.pressure));
      const ticksAfter = parseTicks(read(files.stat));
      return {
        pressure:
          pressureBefore === null || pressureAfter === null
            ? null
            : clamp((pressureAfter - pressureBefore) / elapsedUs),
        steal: ticksBefore === null || ticksAfter === null ? null : stealShare(ticksBefore, ticksAfter),
      };
    },
  };
}

/** What a run says about the machine it ran on. */
export function describeMachine(): RunRecord["run"]["machine"] {
  const list = cpus();
  return {
    cpu: list[0]?.model.trim() || "unknown",
    cores: Math.max(1, list.length),
    memoryBytes: totalmem(),
    os: osName() ?? type(),
    kernel: `${type()} ${release()}`,
  };
}

function osName(): string | null {
  return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(read("/etc/os-release") ?? "")?.[1] ?? null;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux, an old kernel, or a container that hides it: the reading is null, which the record shows.
    return null;
  }
}

/** `some avg10=... total=MICROSECONDS`. */
function parsePressureUs(text: string | null): number | null {
  const match = /^some .*\btotal=(\d+)/m.exec(text ?? "");
  return match === null ? null : Number(match[1]);
}

interface Ticks {
  readonly total: number;
  readonly steal: number;
}

/** First line of /proc/stat: user nice system idle iowait irq softirq steal (guest time is in user already). */
function parseTicks(text: string | null): Ticks | null {
  const match = /^cpu +(.+)$/m.exec(text ?? "");
  if (match === null) return null;
  const fields = (match[1] as string).trim().split(/\s+/).slice(0, 8).map(Number);
  return { total: fields.reduce((sum, field) => sum + field, 0), steal: fields[7] ?? 0 };
}

function stealShare(before: Ticks, after: Ticks): number | null {
  const total = after.total - before.total;
  return total <= 0 ? null : clamp((after.steal - before.steal) / total);
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
