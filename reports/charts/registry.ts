// Written by `npm run generate` from the files of this folder.
import type { Chart } from "../chart.ts";
import { chart as errorsAndRecovery } from "./errors-and-recovery.ts";
import { chart as latencyOverTime } from "./latency-over-time.ts";
import { chart as latencyPercentiles } from "./latency-percentiles.ts";
import { chart as shareOverTime } from "./share-over-time.ts";
import { chart as throughput } from "./throughput.ts";

export const charts: readonly Chart[] = [
  errorsAndRecovery,
  latencyOverTime,
  latencyPercentiles,
  shareOverTime,
  throughput,
];
