import { mean, median } from "#kernel/statistics.ts";
import type { ServiceProfile } from "../../../scenarios/service-profile.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import type { DjangoBench } from "./bench.ts";
import { type Effort, measureViews } from "./measure.ts";
import { type ProfileFacts, profileOf } from "./profile.ts";
import type { View } from "./views.ts";

export interface CalibrateOptions {
  readonly views: readonly View[];
  readonly effort: Effort;
  readonly facts: Omit<ProfileFacts, "hopMs">;
  readonly signal: AbortSignal;
  onProgress(text: string): void;
}

const HOP = { path: "/healthz/", rate: 40, durationMs: 2_000 } as const;

/** Measures the server's views one request at a time, then what a client waits beside its work. */
export async function calibrate(bench: DjangoBench, options: CalibrateOptions): Promise<ServiceProfile> {
  const { views, effort, facts, signal, onProgress } = options;
  const measurement = await measureViews(bench.server, views, effort, { signal, onProgress });
  onProgress("what a client waits beside that");
  const scenario = scenarioOf({
    name: "hop",
    backends: { count: 1 },
    traffic: {
      arrivals: { type: "constant", load: undefined, rate: HOP.rate },
      requests: [{ name: "hop", path: HOP.path }],
      warmup: "500ms",
      duration: `${HOP.durationMs}ms`,
    },
  });
  const { requests } = await bench.play(scenario, 1, signal);
  const overheadMs =
    mean(measurement.views.flatMap(({ samples }) => samples.map(({ overheadUs }) => overheadUs))) / 1_000;
  const beside = requests.map(({ sentMs, endedMs, serviceMs }) => endedMs - sentMs - serviceMs - overheadMs);
  return profileOf(measurement, { ...facts, hopMs: Math.max(0, median(beside)) });
}
