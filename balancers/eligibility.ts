import type { BackendIndex } from "./algorithm.ts";

/** Who is there and how they are, each list ascending. */
export interface Standing {
  readonly all: readonly BackendIndex[];
  /** Those that pass their checks. */
  readonly members: readonly BackendIndex[];
  /** Those members that are not ejected: the healthy ones. */
  readonly admitted: readonly BackendIndex[];
}

/** Backends that get `load` of the requests; the loads of all tiers add up to 1. */
export interface Tier {
  readonly backends: readonly BackendIndex[];
  readonly load: number;
}

/** At least one tier, and none of mixed priorities; one without backends when there is nobody at all. */
export type TierRule = (standing: Standing) => readonly Tier[];

export interface TierSettings {
  /** Tier of each backend, from 0; null: all in one. */
  readonly priorities: readonly number[] | null;
  readonly overprovisioning: number;
  /** With a smaller healthy share a tier uses all its backends; 0: never. */
  readonly panicBelow: number;
}

const NO_OVERLAYS: TierSettings = { priorities: null, overprovisioning: 1, panicBelow: 0 };

/**
 * Envoy's rule (arch_overview, load balancing: priority levels, panic threshold), with exact shares instead of whole percents: a tier's
 * health is its healthy share times the overprovisioning, at most 1; each tier in order takes what its health allows of what is left; panic
 * is only looked at while the healths of all tiers do not add up to 1. When nobody is healthy everybody who passes the checks is used (in a
 * panic everybody), each tier by its number.
 */
export function createTierRule({
  priorities,
  overprovisioning,
  panicBelow,
}: TierSettings = NO_OVERLAYS): TierRule {
  const tierOf = (backend: BackendIndex): number => priorities?.[backend] ?? 0;
  const levels = priorities === null ? [0] : [...new Set(priorities)].sort((a, b) => a - b);
  const at = (level: number, backends: readonly BackendIndex[]): readonly BackendIndex[] =>
    levels.length === 1 ? backends : backends.filter((backend) => tierOf(backend) === level);

  return ({ all, members, admitted }) => {
    if (admitted.length === 0) {
      const doubtful = panicBelow > 0 ? all : members;
      if (levels.length === 1 || doubtful.length === 0) return [{ backends: doubtful, load: 1 }];
      return levels
        .map((level) => at(level, doubtful))
        .filter((backends) => backends.length > 0)
        .map((backends) => ({ backends, load: backends.length / doubtful.length }));
    }
    const tiers = levels
      .map((level) => ({ whole: at(level, all), healthy: at(level, admitted) }))
      .filter(({ whole }) => whole.length > 0)
      .map((tier) => ({ ...tier, share: tier.healthy.length / tier.whole.length }));
    const healths = tiers.map(({ share }) => Math.min(1, overprovisioning * share));
    const total = Math.min(
      1,
      healths.reduce((sum, health) => sum + health, 0),
    );
    let left = total;
    return tiers.flatMap(({ whole, healthy, share }, i): readonly Tier[] => {
      const load = Math.min(healths[i]!, left);
      left -= load;
      if (load <= 0) return [];
      return [{ backends: total < 1 && share < panicBelow ? whole : healthy, load: load / total }];
    });
  };
}
