/** How a balancer can be set up: as a scenario's `balancers` names it, and as reports do. */

export const BALANCER_NAMES = ["nginx", "haproxy", "builtin"] as const;
export type BalancerName = (typeof BALANCER_NAMES)[number];

/** A product with one choice of everything that a scenario may want to see both ways. */
export interface Variant {
  readonly name: string;
  readonly balancer: BalancerName;
  /** NGINX alone has a choice: peer state shared by its workers (`zone`), or one each. */
  readonly zone: boolean;
  readonly tuning: "parity" | "native";
}

/** The plain one first: all alike, state shared. */
const variantsOf = (balancer: BalancerName): readonly Variant[] =>
  (["parity", "native"] as const).flatMap((tuning) =>
    (balancer === "nginx" ? [true, false] : [true]).map((zone): Variant => {
      const name = `${balancer}${zone ? "" : "-no-zone"}${tuning === "native" ? "-native" : ""}`;
      return { name, balancer, zone, tuning };
    }),
  );

const ALL: readonly Variant[] = BALANCER_NAMES.flatMap(variantsOf);

export const VARIANT_NAMES: readonly string[] = ALL.map(({ name }) => name);

/** What decides between variants where an entry names the product alone. */
export interface Choices {
  readonly workers: number;
  readonly zone?: "shared" | "none" | "both" | undefined;
  readonly tuning: "parity" | "native" | "both";
}

/** Variants that an entry of `balancers` stands for: itself when it names one, else those that the scenario chooses of its product. */
export function expandBalancer(name: string, { workers, zone, tuning }: Choices): readonly Variant[] {
  const named = ALL.find((variant) => variant.name === name);
  if (named === undefined) throw new Error(`there is no balancer ${name}`);
  if (named.name !== named.balancer) return [named];
  const zones = zone ?? (workers > 1 ? "both" : "shared");
  return ALL.filter(
    (variant) =>
      variant.balancer === named.balancer &&
      (tuning === "both" || variant.tuning === tuning) &&
      (variant.balancer !== "nginx" || zones === "both" || variant.zone === (zones === "shared")),
  );
}
