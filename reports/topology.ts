/** Who stands where in a scenario, for the drawings: client, balancer, backends with what is special about each. */
import type { Contestant } from "./contestants.ts";
import type { PlannedFault } from "./definition.ts";
import { showMs, showPercent, showRate, showSpan } from "./figures.ts";
import type { ScenarioSummary } from "./summary.ts";

export interface BackendNode {
  readonly id: number;
  /** `speed 0.5, weight 2`; empty for an ordinary one. */
  readonly differs: string;
  readonly faults: readonly PlannedFault[];
}

export interface Topology {
  readonly traffic: string;
  readonly balancers: string;
  readonly backends: readonly BackendNode[];
  /** What all backends have in common. */
  readonly backend: string;
}

/** Backends as defined; those that the trials saw when the definition cannot be read. */
export function backendNodes(
  scenario: Pick<ScenarioSummary, "definition">,
  contestants: readonly Contestant[],
): readonly BackendNode[] {
  const { backends, faults } = scenario.definition;
  const ids = backends
    ? Array.from({ length: backends.count }, (_, i) => i + 1)
    : [...new Set(contestants.flatMap((c) => c.shown.backends.map((b) => b.id)))].sort((a, b) => a - b);
  return ids.map((id) => {
    const own = backends?.override.find((override) => override.backend === id);
    const differences = [
      own?.speed !== undefined && own.speed !== 1 ? `speed ${own.speed}` : "",
      own?.weight !== undefined && own.weight !== 1 ? `weight ${own.weight}` : "",
      own?.workers !== undefined && own.workers !== backends?.workers ? `${own.workers} workers` : "",
      own?.cores !== undefined && own.cores !== backends?.cores ? coresText(own.cores) : "",
    ];
    return {
      id,
      differs: differences.filter((text) => text !== "").join(", "),
      faults: faults.filter(({ backend }) =>
        backend === "all" ? true : typeof backend === "number" ? backend === id : backend.includes(id),
      ),
    };
  });
}

export function topologyOf(scenario: ScenarioSummary): Topology {
  const { traffic, backends } = scenario.definition;
  const cores = backends?.cores === undefined ? "" : ` on ${coresText(backends.cores)}`;
  const workers = backends
    ? `${backends.mode ?? "sync"}, ${backends.workers} × ${backends.threads}${cores}`
    : "";
  return {
    traffic:
      scenario.offeredRate !== null
        ? `${offeredText(scenario.offeredRate, scenario.offeredRange)} open${typeof traffic?.arrivals?.type === "string" ? `, ${traffic.arrivals.type}` : ""}`
        : `closed${traffic?.connections ? `, ${traffic.connections} users` : ""}`,
    balancers: [...new Set(scenario.contestants.map((c) => c.balancer))].join(" | "),
    backends: backendNodes(scenario, scenario.contestants),
    backend: [workers, backends?.service ? `service ${serviceText(backends.service)}` : ""]
      .filter((text) => text !== "")
      .join("; "),
  };
}

/** `120/s`, or `120/s on average (40/s to 300/s)` where it changes. */
export const offeredText = (mean: number, range: ScenarioSummary["offeredRange"]): string =>
  range === null ? showRate(mean) : `${showRate(mean)} on average (${showSpan(range, showRate)})`;

export const faultText = (fault: PlannedFault): string => {
  const detail = [
    typeof fault.status === "object" ? Object.keys(fault.status).join("/") : fault.status,
    fault.share === undefined ? undefined : showPercent(fault.share),
    fault.factor === undefined ? undefined : `× ${fault.factor}`,
  ];
  const shown = detail.filter((part) => part !== undefined).join(" ");
  const when =
    fault.repeat === undefined
      ? `${showMs(fault.at)}–${showMs(fault.at + fault.for)}`
      : `from ${showMs(fault.at)}, ${showMs(fault.for)} down, ${showMs(fault.repeat.up)} up`;
  return `${fault.type}${shown === "" ? "" : ` ${shown}`} ${when}${fault.stagger ? ", staggered" : ""}`;
};

const coresText = (cores: number): string => `${cores} ${cores === 1 ? "core" : "cores"}`;

type Words = Readonly<Record<string, unknown>>;

/** `exponential, mean 5 ms`: the numbers of a distribution, milliseconds all but `sigma`, `alpha` and `share`; of a demand in parts all of them. */
export function serviceText(service: Words): string {
  if (isWords(service.total)) {
    const shares = [
      ["io", service.ioShare],
      ["without the lock", service.gilFreeShare],
    ].flatMap(([what, share]) =>
      typeof share === "number" && share > 0 ? [`${showPercent(share)} ${what}`] : [],
    );
    return [serviceText(service.total), ...shares].join(", ");
  }
  const demands = [
    ["CPU", service.cpu],
    ["io", service.io],
    ["without the lock", service.gilFree],
  ].flatMap(([what, part]) => (isWords(part) ? [`${what} ${serviceText(part)}`] : []));
  if (demands.length > 0) return demands.join(" + ");
  const parts = Object.entries(service).flatMap(([key, value]) => {
    if (typeof value !== "number") return [];
    return [`${key} ${["sigma", "alpha", "share"].includes(key) ? value : showMs(value)}`];
  });
  return [String(service.type ?? "given"), ...parts].join(", ");
}

const isWords = (value: unknown): value is Words => typeof value === "object" && value !== null;
