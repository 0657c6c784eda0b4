import { isDemandKnown, isReal } from "./real-django.ts";
import type { Scenario } from "./scenario.ts";

export type EngineName = "live" | "simulation";

/** Backends of a live run are a process each. */
export const MOST_LIVE_BACKENDS = 64;

/** Why an engine does not play a scenario: what only the other one can, or what the scenario says itself; null when it does. */
export function whyNot(scenario: Scenario, engine: EngineName): string | null {
  const { name, engines } = scenario;
  if (engine === "live") {
    const simulated = onlySimulated(scenario);
    if (simulated !== null) return `${name} ${simulated}`;
  } else if (isReal(scenario) && !isDemandKnown(scenario)) {
    return `${name} has real Django backends, which simulate cannot start: give backends.profile (npx evenkeel calibrate django), and the simulated backend plays them`;
  }
  if (engines === undefined || engines.includes(engine)) return null;
  const command = engine === "live" ? "simulate" : "run";
  return `${name} says engines: [${engines.join(", ")}], so ${command} alone plays it`;
}

export const enginesOf = (scenario: Scenario): readonly EngineName[] =>
  (["live", "simulation"] as const).filter((engine) => whyNot(scenario, engine) === null);

function onlySimulated({ backends, contestants, network, traffic }: Scenario): string | null {
  const alone = (key: string): string => `sets ${key}, which simulate alone plays`;
  if (backends.count > MOST_LIVE_BACKENDS)
    return `has ${backends.count} backends, each a process of its own here: a live run has at most ${MOST_LIVE_BACKENDS}; play it with simulate`;
  if (contestants.instances > 1) return alone("contestants.instances");
  if (contestants.loadInfo !== undefined) return alone("contestants.loadInfo");
  if (traffic.requests.some(({ clientDelay }) => clientDelay !== undefined))
    return alone("clientDelay of a request");
  return network !== undefined && network.hop > 0 ? alone("network.hop") : null;
}
