import type { Balancer } from "../balancers/balancer.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
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
  { scenario, ownConfigs }: LoadedScenario,
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
        name: `${kind}(${own.path.split("/").at(-1)})`,
        algorithm: AS_CONFIGURED,
        note: null,
        zone: true,
        control: false,
        ownConfig: own,
      });
      continue;
    }
    const balancer = byName(entry);
    for (const algorithm of scenario.contestants.algorithms) {
      const support = balancer.supports(algorithm);
      if (!support.supported) {
        unsupported.push({ balancer: entry, algorithm, reason: support.reason });
        continue;
      }
      for (const zone of zonesOf(scenario.contestants, entry)) {
        const name = zone ? entry : `${entry}-no-zone`;
        const contestant = { balancer, name, algorithm, note: support.note ?? null, zone, ownConfig: null };
        contestants.push({ ...contestant, control: false });
        if (scenario.contestants.control === `${name}/${algorithm}`)
          controls.push({ ...contestant, control: true });
      }
    }
  }
  return { contestants: [...contestants, ...controls], unsupported };
}

/** NGINX alone has a choice: peer state shared by its workers (`zone`), or one each. */
function zonesOf(
  { zone, workers }: LoadedScenario["scenario"]["contestants"],
  balancer: string,
): readonly boolean[] {
  if (balancer !== "nginx") return [true];
  const choice = zone ?? (workers > 1 ? "both" : "shared");
  return choice === "both" ? [true, false] : [choice === "shared"];
}
