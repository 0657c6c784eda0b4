/** Rules about real Django servers. */
import { readComposedName } from "../balancers/composed-name.ts";
import { isKeys } from "./merge.ts";
import type { Finding, Path } from "./problem.ts";
import { isDemandKnown, isReal, needsService } from "./real-django.ts";
import type { Scenario } from "./scenario.ts";

/** What is done to the process; all else is done by the simulated backend to a request. */
const ON_THE_PROCESS: readonly string[] = ["crash", "pause"];

const pythonIsForDjango = (scenario: Scenario): Finding[] =>
  scenario.backends.python === undefined || isReal(scenario)
    ? []
    : [
        {
          path: ["backends", "python"],
          message: "there is no Python in a simulated backend: say kind: django",
        },
      ];

const faultsOfProcesses = (scenario: Scenario): Finding[] =>
  !isReal(scenario)
    ? []
    : scenario.faults.flatMap(({ type }, i): Finding[] =>
        ON_THE_PROCESS.includes(type)
          ? []
          : [
              {
                path: ["faults", i, "type"],
                message: `${type} is played by the simulated backend; real Django (kind: django) takes ${ON_THE_PROCESS.join(" and ")}`,
              },
            ],
      );

const speedIsTheMachines = (scenario: Scenario): Finding[] =>
  !isReal(scenario)
    ? []
    : scenario.backends.override.flatMap(({ speed }, i): Finding[] =>
        speed === undefined
          ? []
          : [
              {
                path: ["backends", "override", i, "speed"],
                message:
                  "real Django (kind: django) is as fast as this machine: give workers, or a simulated backend",
              },
            ],
      );

/** It answers probes at once whatever waits, which no view of a busy server can. */
const nobodyAsks = (scenario: Scenario): Finding[] =>
  !isReal(scenario)
    ? []
    : scenario.contestants.algorithms.flatMap((name, i): Finding[] =>
        readComposedName(name).algorithm === "prequal"
          ? [
              {
                path: ["contestants", "algorithms", i],
                message:
                  "prequal asks the backends how they are, and real Django (kind: django) has no answer to that",
              },
            ]
          : [],
      );

const loadNeedsProfile = (scenario: Scenario): Finding[] => {
  const { traffic } = scenario;
  if (traffic.model === "closed" || isDemandKnown(scenario)) return [];
  return loadsOf(traffic.arrivals, ["traffic", "arrivals"]).map((path) => ({
    path,
    message:
      "a load is a share of what the servers can do, which is not known of real Django: give rate, or backends.profile (npx evenkeel calibrate django)",
  }));
};

/** Where a `load` is said, at any depth. */
function loadsOf(value: unknown, path: Path): Path[] {
  if (Array.isArray(value)) return value.flatMap((each, i) => loadsOf(each, [...path, i]));
  if (!isKeys(value)) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    key === "load" && below !== undefined ? [[...path, key]] : loadsOf(below, [...path, key]),
  );
}

export const realRules = [
  pythonIsForDjango,
  faultsOfProcesses,
  speedIsTheMachines,
  nobodyAsks,
  loadNeedsProfile,
] as const;

/** The service of requests has to be said where nothing else tells it; `backends` as the file has it. */
export function serviceSaid(scenario: Scenario, backends: unknown): Finding[] {
  const said = isKeys(backends) && backends.service !== undefined;
  if (said || !isReal(scenario) || !needsService(scenario)) return [];
  return [{ path: ["backends", "service"], message: "missing; expected keys and values" }];
}
