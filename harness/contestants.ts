import type { Balancer } from "../balancers/balancer.ts";
import { readComposedName } from "../balancers/composed-name.ts";
import { findAlgorithm } from "../balancers/find-algorithm.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { ownName } from "../scenarios/overrides.ts";
import { withPath } from "../scenarios/own-algorithms.ts";
import { expandBalancer } from "../scenarios/variants.ts";
import type { Contestant } from "./trial.ts";

export interface Unsupported {
  readonly balancer: string;
  readonly algorithm: string;
  readonly reason: string;
}

/** Name of the algorithm of a configuration of the user's own. */
export const AS_CONFIGURED = "as-configured";

/**
 * All contestants of a scenario in the order of the file, and the pairs that a balancer cannot play. The control comes last: what
 * differs between it and its twin then holds the drift of the machine over the whole scenario.
 */
export function contestantsOf(
  { scenario, ownConfigs, ownAlgorithms }: LoadedScenario,
  balancers: readonly Balancer[],
): { readonly contestants: readonly Contestant[]; readonly unsupported: readonly Unsupported[] } {
  const contestants: Contestant[] = [];
  const controls: Contestant[] = [];
  const unsupported: Unsupported[] = [];
  const byName = (name: string): Balancer => {
    const found = balancers.find((balancer) => balancer.name === name);
    if (found === undefined) throw new Error(`no balancer ${name} in the registry`);
    return found;
  };
  for (const [index, entry] of scenario.contestants.balancers.entries()) {
    if (typeof entry !== "string") {
      const kind = "nginx" in entry ? "nginx" : "haproxy";
      const own = ownConfigs.get(index);
      if (own === undefined) throw new Error(`own configuration ${index} was not loaded`);
      contestants.push({
        balancer: byName(kind),
        name: ownName({ [kind]: own.path }),
        algorithm: AS_CONFIGURED,
        note: null,
        zone: true,
        tuning: "parity",
        control: false,
        ownConfig: own,
        definition: null,
        algorithmFile: null,
      });
      continue;
    }
    const variants = expandBalancer(entry, scenario.contestants);
    for (const algorithm of scenario.contestants.algorithms) {
      const base = readComposedName(algorithm).algorithm;
      const own = ownAlgorithms.get(base);
      const definition = own?.definition ?? findAlgorithm(base);
      if (definition === undefined) throw new Error(`there is no algorithm "${algorithm}"`);
      const algorithmFile = own?.path ?? null;
      for (const { name, balancer: product, zone, tuning } of variants) {
        const balancer = byName(product);
        const support = balancer.supports(withPath(algorithm, ownAlgorithms));
        if (!support.supported) {
          unsupported.push({ balancer: product, algorithm, reason: support.reason });
          continue;
        }
        const note = support.note ?? null;
        const ownConfig = null;
        const setting = { balancer, name, note, zone, tuning, ownConfig };
        const contestant = { ...setting, algorithm, definition, algorithmFile };
        contestants.push({ ...contestant, control: false });
        if (scenario.contestants.control === `${name}/${algorithm}`)
          controls.push({ ...contestant, control: true });
      }
    }
  }
  return { contestants: [...contestants, ...controls], unsupported };
}
