import { createRng, type Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { AlgorithmDefinition } from "./algorithm.ts";
import type { Probe } from "./asking.ts";
import { type Choosing, createDispatcher, type Dispatcher } from "./dispatcher.ts";
import type { EjectionRule } from "./ejection.ts";
import { createTierRule } from "./eligibility.ts";
import type { OverlayRules } from "./overlay-rules.ts";
import { type ConcurrencyLimit, createConcurrencyLimit } from "./overlays/concurrency-limit.ts";
import { createHedging, type Hedging } from "./overlays/hedging.ts";
import { createOutlierEjection } from "./overlays/outlier-ejection.ts";
import { createSlowStart } from "./overlays/slow-start.ts";
import { subsetOf } from "./overlays/subset.ts";
import { createRetryBudget, type RetryBudget, type RetryBudgetRule } from "./retry-budget.ts";
import { createTiered } from "./tiered.ts";

/** Everything that a proxy decides with, live or in virtual time. */
export interface Pipeline {
  readonly dispatcher: Dispatcher;
  readonly budget: RetryBudget;
  readonly hedging: Hedging | null;
  readonly limit: ConcurrencyLimit | null;
}

export interface PipelineOptions {
  readonly definition: Pick<AlgorithmDefinition, "create" | "family" | "weighted">;
  /** The algorithm's own stream. */
  readonly rng: Rng;
  /** What the hashes without a key in their name go by. */
  readonly hashKey: string;
  /** `priority`: tier from 0, where the overlay of that name looks at it. */
  readonly backends: readonly { readonly weight: number; readonly priority?: number | undefined }[];
  /** Of the tuning; an overlay of the same purpose takes their place. */
  readonly ejection: EjectionRule | null;
  readonly budget: RetryBudgetRule | null;
  readonly overlays: OverlayRules;
  /** Equal for all instances. */
  readonly seed: number;
  /** Number of this balancer among several that share the backends, from 0. */
  readonly instance: number;
  readonly probe: Probe;
  readonly now: Millis;
}

/** An algorithm with its overlays, in the fixed order: filters, the algorithm, slow start, guards. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { definition, rng, hashKey, backends, ejection, overlays, probe, now } = options;
  const priorities = prioritiesOf(options);
  const hedging = overlays.hedging;
  const limit = overlays["concurrency-limit"];
  const choosing = choosingOf(options);
  return {
    dispatcher: createDispatcher({
      algorithm:
        priorities === null
          ? definition.create({ rng, size: backends.length, hashKey })
          : createTiered(definition, priorities, { rng, hashKey }),
      weights: backends.map(({ weight }) => weight),
      ejection,
      probe,
      now,
      ...(choosing === null ? {} : { choosing }),
    }),
    budget: createRetryBudget(overlays["retry-budget"] ?? options.budget),
    hedging: hedging === undefined ? null : createHedging(hedging),
    limit: limit === undefined ? null : createConcurrencyLimit(limit),
  };
}

/** Tier of each backend, null when there is one tier. */
function prioritiesOf({ backends, overlays }: PipelineOptions): readonly number[] | null {
  const priorities = backends.map(({ priority }) => priority ?? 0);
  return overlays.priority === undefined || new Set(priorities).size < 2 ? null : priorities;
}

/** What overlays change about who is chosen; null when they do not. */
function choosingOf(options: PipelineOptions): Choosing | null {
  const { definition, backends, overlays, seed, instance } = options;
  const {
    subset,
    priority,
    "panic-threshold": panic,
    "outlier-ejection": outliers,
    "slow-start": slowStart,
  } = overlays;
  if ([subset, priority, panic, outliers, slowStart].every((rule) => rule === undefined)) return null;
  const size = backends.length;
  const rng = createRng(seed).fork("overlays").fork(instance);
  const among =
    subset === undefined ? backends.map((_, backend) => backend) : subsetOf(subset, { size, instance, seed });
  return {
    among,
    tiers: createTierRule({
      priorities: prioritiesOf(options),
      overprovisioning: priority?.overprovisioning ?? 1,
      panicBelow: panic?.threshold ?? 0,
    }),
    ejection: outliers === undefined ? null : createOutlierEjection(outliers, size, among.length),
    slowStart:
      slowStart === undefined ? null : createSlowStart(slowStart, size, definition, rng.fork("slow-start")),
    rng: rng.fork("tiers"),
  };
}
