/** What reports draw from a scenario's definition; a record whose definition says less is still reported. */
import { z } from "zod";

const backends = z.object({
  count: z.int().min(1).max(64),
  mode: z.string().optional(),
  workers: z.number().default(1),
  threads: z.number().default(1),
  cores: z.number().optional(),
  service: z.record(z.string(), z.unknown()).optional(),
  override: z
    .array(
      z.object({
        backend: z.number(),
        speed: z.number().optional(),
        weight: z.number().optional(),
        workers: z.number().optional(),
        cores: z.number().optional(),
      }),
    )
    .default([]),
});

const traffic = z.object({
  model: z.enum(["open", "closed"]),
  arrivals: z.record(z.string(), z.unknown()).optional(),
  connections: z.number().optional(),
  mix: z.string().optional(),
  sessions: z.unknown().optional(),
  think: z.unknown().optional(),
  clients: z.number().optional(),
  timeout: z.number().optional(),
  warmup: z.number().optional(),
  duration: z.number().optional(),
});

const contestants = z.object({
  balancers: z.array(z.union([z.string(), z.record(z.string(), z.string())])).default([]),
  algorithms: z.array(z.string()).default([]),
  workers: z.number().default(1),
  tuning: z.string().default("parity"),
});

const faults = z.array(
  z.object({
    type: z.string(),
    at: z.number(),
    for: z.number(),
    backend: z.union([z.number(), z.array(z.number()), z.literal("all")]),
    stagger: z.number().optional(),
    repeat: z.looseObject({ up: z.number() }).optional(),
    status: z.union([z.number(), z.record(z.string(), z.number())]).optional(),
    share: z.number().optional(),
    factor: z.number().optional(),
  }),
);

const definition = z.object({
  backends: backends.nullable().catch(null),
  traffic: traffic.nullable().catch(null),
  contestants: contestants.nullable().catch(null),
  faults: faults.catch([]),
});

export type Definition = z.output<typeof definition>;
export type PlannedFault = Definition["faults"][number];

/** Every part that cannot be read is null or empty. */
export function readDefinition(value: unknown): Definition {
  const read = definition.safeParse(value);
  return read.success ? read.data : { backends: null, traffic: null, contestants: null, faults: [] };
}
