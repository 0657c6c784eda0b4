import { mean, median, quantile } from "#kernel/statistics.ts";
import type { RunRecord } from "../../../reports/record.ts";
import type { Measured, ServiceProfile, ViewProfile } from "../../../scenarios/service-profile.ts";
import type { MeasuredView, Measurement, Sample } from "./measure.ts";

export interface ProfileFacts {
  readonly measuredAt: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: RunRecord["run"]["machine"];
  /** What a client waits beside the worker's work; milliseconds. */
  readonly hopMs: number;
}

/** A measurement as a service profile. Pure. */
export function profileOf({ views, disturbed }: Measurement, facts: ProfileFacts): ServiceProfile {
  const overheads = views.flatMap(({ samples }) => samples.map(({ overheadUs }) => overheadUs));
  return {
    schema: "evenkeel/service-profile@1",
    measuredAt: facts.measuredAt,
    versions: { ...facts.versions },
    machine: facts.machine,
    overhead: { worker: spread(overheads), hop: toMs(facts.hopMs * 1_000) },
    disturbed: Number(disturbed.toFixed(4)),
    views: views.map(viewProfile),
  };
}

function viewProfile({ view, status, samples }: MeasuredView): ViewProfile {
  const of = (value: (sample: Sample) => number): number[] => samples.map(value);
  return {
    name: view.name,
    method: view.ask(0).method,
    path: view.path,
    status,
    bytes: Math.round(median(of(({ bytes }) => bytes))),
    n: samples.length,
    cpu: spread(of(({ cpuUs }) => cpuUs)),
    io: spread(of(({ ioUs }) => ioUs)),
    service: spread(of(({ cpuUs, ioUs, overheadUs }) => cpuUs + ioUs + overheadUs)),
  };
}

const GRID = [
  0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85,
  0.9, 0.93, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995, 1,
] as const;

/** Mean and quantiles of microseconds, in milliseconds. */
export function spread(values: readonly number[]): Measured {
  return {
    mean: toMs(mean(values)),
    quantiles: GRID.map((p): [number, number] => [p, toMs(quantile(values, p))]),
  };
}

/** To the microsecond. */
function toMs(us: number): number {
  return Math.round(us) / 1_000;
}
