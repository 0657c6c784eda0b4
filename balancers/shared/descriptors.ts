import { readFileSync } from "node:fs";
import { BalancerError } from "../balancer.ts";

/** A proxied request holds two, and a balancer needs some for itself. */
const PER_CONNECTION = 2;
const OWN = 200;

/** Open files a process of this machine may have (`ulimit -Hn`); null where that cannot be read. */
export function descriptorLimit(): number | null {
  if (process.platform !== "linux") return null;
  const match = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return match?.[1] === undefined || match[1] === "unlimited" ? null : Number(match[1]);
}

/** Descriptors that a balancer needs to hold `connections` clients. */
export function descriptorsFor(connections: number): number {
  return connections * PER_CONNECTION + OWN;
}

/** The most client connections a balancer can hold on this machine. */
export function connectionLimit(): number {
  const limit = descriptorLimit();
  return limit === null ? Number.POSITIVE_INFINITY : Math.floor((limit - OWN) / PER_CONNECTION);
}

/** Throws BalancerError when the machine cannot give a balancer what `connections` clients need. */
export function requireDescriptors(name: string, connections: number): void {
  if (connections <= connectionLimit()) return;
  throw new BalancerError(
    `${name} cannot hold ${connections} client connections: that takes ${descriptorsFor(connections)} open files and the limit is ${descriptorLimit()} (ulimit -n); raise it or lower the load`,
    "",
  );
}
