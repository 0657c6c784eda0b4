import type { Availability } from "../../balancers/balancer.ts";
import type { LoadedScenario } from "../../scenarios/load.ts";
import { isReal } from "../../scenarios/real-django.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { fetchForUser } from "../find-balancers.ts";
import type { Io } from "../io.ts";
import { EnvironmentError } from "../trial.ts";
import { djangoProduct, findOwnPython, type Python } from "./product.ts";

/** The Pythons of the scenarios with real Django servers. */
export interface Pythons {
  /** Throws for a scenario that has none. */
  of(scenario: Pick<Scenario, "backends">): Python;
  readonly versions: Readonly<Record<string, string>>;
}

/** `--python`, else EVENKEEL_PYTHON: it goes before what a scenario says. */
export function namedPython(option: string | undefined): string | undefined {
  return option ?? (process.env.EVENKEEL_PYTHON || undefined);
}

/** The Python that was named, else one of this machine, else the fetched one. One that cannot be had is an EnvironmentError. */
export async function findPython(named: string | undefined, io: Io): Promise<Python> {
  const found: Availability =
    named === undefined
      ? ((await fetchForUser([djangoProduct], io)).get(djangoProduct.name) as Availability)
      : await findOwnPython(named);
  if (found.available) return found;
  throw new EnvironmentError(`real Django cannot be started: ${found.reason}\n  ${found.advice}`);
}

/** What scenarios with `kind: django` run on; nothing is looked for when there is none. */
export async function findPythons(
  scenarios: readonly Pick<LoadedScenario, "scenario">[],
  option: string | undefined,
  io: Io,
): Promise<Pythons> {
  const given = namedPython(option);
  const nameFor = ({ backends }: Pick<Scenario, "backends">): string | undefined => given ?? backends.python;
  const found = new Map<string | undefined, Python>();
  for (const { scenario } of scenarios) {
    const name = nameFor(scenario);
    if (isReal(scenario) && !found.has(name)) found.set(name, await findPython(name, io));
  }
  return {
    of(scenario) {
      const python = found.get(nameFor(scenario));
      if (python === undefined) throw new Error("this scenario has no real servers");
      return python;
    },
    versions: versionsOfAll([...found.values()]),
  };
}

/** Of several Pythons all are said: `3.2.25, 5.2.17`. */
function versionsOfAll(pythons: readonly Python[]): Readonly<Record<string, string>> {
  const names = [...new Set(pythons.flatMap(({ versions = {} }) => Object.keys(versions)))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      [...new Set(pythons.map(({ versions }) => versions?.[name] ?? "?"))].join(", "),
    ]),
  );
}
