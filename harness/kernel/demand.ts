/** What a request needs of a backend: time of a CPU, and time in which it only holds its worker. */
import { z } from "zod";
import { createDistribution, type DistributionSpec, distributionSchema } from "./distribution.ts";
import type { Rng } from "./rng.ts";
import { type Millis, share } from "./units.ts";

/** Parts of a service demand at speed 1. */
export interface Demand {
  /** Python code: needs a core and, in a thread, the interpreter lock. */
  readonly cpuMs: Millis;
  /** Waiting for something else (a database, another service): holds the worker or thread and no core. */
  readonly ioMs: Millis;
  /** Needs a core but not the interpreter lock: hashing a password, compressing. */
  readonly gilFreeMs: Millis;
}

const parts = z.strictObject({
  cpu: distributionSchema.describe("time of a core"),
  io: distributionSchema.optional().describe("time that holds the worker and no core"),
  gilFree: distributionSchema.optional().describe("time of a core without the interpreter lock"),
});

const shares = z
  .strictObject({
    total: distributionSchema.describe("all of it together"),
    ioShare: share.default(0).describe("share that holds the worker and no core"),
    gilFreeShare: share.default(0).describe("share that needs a core and not the interpreter lock"),
  })
  .refine(({ ioShare, gilFreeShare }) => ioShare + gilFreeShare <= 1, {
    path: ["gilFreeShare"],
    error: "ioShare and gilFreeShare are more than the whole together",
  });

/** One distribution, all of it CPU; its parts, drawn apart; or one distribution and the shares of its parts. */
export const serviceSchema = z.union([distributionSchema, parts, shares]);

export type ServiceSpec = z.output<typeof serviceSchema>;

export interface DemandSampler {
  readonly mean: Demand;
  /** `rng` is this request's own. */
  sample(rng: Rng): Demand;
}

/** The sampler of a validated service demand. */
export function createDemand(spec: ServiceSpec): DemandSampler {
  if ("total" in spec) return ofShares(spec.total, spec.ioShare, spec.gilFreeShare);
  if ("cpu" in spec) return ofParts(spec);
  return ofShares(spec, 0, 0);
}

export const totalOf = ({ cpuMs, ioMs, gilFreeMs }: Demand): Millis => cpuMs + ioMs + gilFreeMs;

function ofShares(total: DistributionSpec, ioShare: number, gilFreeShare: number): DemandSampler {
  const { mean, sample } = createDistribution(total);
  const split = (ms: Millis): Demand => {
    const ioMs = ms * ioShare;
    const gilFreeMs = ms * gilFreeShare;
    return { cpuMs: Math.max(0, ms - ioMs - gilFreeMs), ioMs, gilFreeMs };
  };
  return { mean: split(mean), sample: (rng) => split(sample(rng)) };
}

function ofParts({ cpu, io, gilFree }: z.output<typeof parts>): DemandSampler {
  const [ofCpu, ofIo, ofGilFree] = [cpu, io, gilFree].map((part) =>
    part === undefined ? NOTHING : createDistribution(part),
  ) as [typeof NOTHING, typeof NOTHING, typeof NOTHING];
  return {
    mean: { cpuMs: ofCpu.mean, ioMs: ofIo.mean, gilFreeMs: ofGilFree.mean },
    // Streams of their own, so that what is said of one part changes no draw of another.
    sample: (rng) => ({
      cpuMs: ofCpu.sample(rng.fork("cpu")),
      ioMs: ofIo.sample(rng.fork("io")),
      gilFreeMs: ofGilFree.sample(rng.fork("gil-free")),
    }),
  };
}

const NOTHING = { mean: 0, sample: (_rng: Rng): Millis => 0 };
