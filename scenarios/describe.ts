import { type EngineName, enginesOf } from "./engines.ts";
import { liveMs, simulatedRequests } from "./length.ts";
import { type LibraryEntry, readLibrary } from "./library.ts";
import { loadScenarios, missingAmong } from "./load.ts";
import type { Claim, Scenario } from "./scenario.ts";

/** Size of a scenario or of a suite's scenarios together. */
export interface Length {
  /** Duration of a live run, null when none of it runs live. */
  readonly liveMs: number | null;
  /** Requests of a simulation over all algorithms, null when none of it is simulated. */
  readonly simulatedRequests: number | null;
}

export interface Described extends LibraryEntry {
  readonly engines: readonly EngineName[];
  readonly full: Length;
  /** With --quick. */
  readonly quick: Length;
  readonly claims: readonly Claim[];
}

/** The library with what each entry needs and how long it takes. */
export async function describeLibrary(): Promise<readonly Described[]> {
  const entries = await readLibrary();
  return Promise.all(
    entries.map(async (entry) => {
      const scenariosOf = async (quick: boolean): Promise<readonly Scenario[]> =>
        (await loadScenarios([entry.path], { quick })).map(({ scenario }) => scenario);
      const full = await scenariosOf(false);
      return {
        ...entry,
        engines: (["live", "simulation"] as const).filter((engine) =>
          full.some((scenario) => enginesOf(scenario).includes(engine)),
        ),
        full: lengthOf(full),
        quick: lengthOf(await scenariosOf(true)),
        claims: full.flatMap(({ claims }) => claims),
      };
    }),
  );
}

const MISSING = missingAmong(new Map());

function lengthOf(scenarios: readonly Scenario[]): Length {
  const sum = (engine: EngineName, size: (scenario: Scenario) => number): number | null => {
    const those = scenarios.filter((scenario) => enginesOf(scenario).includes(engine));
    return those.length === 0 ? null : those.reduce((total, scenario) => total + size(scenario), 0);
  };
  return {
    liveMs: sum("live", (scenario) => liveMs(scenario, MISSING)),
    simulatedRequests: sum("simulation", simulatedRequests),
  };
}

/** `4 min live (quick 96 s), 240,000 requests simulated (quick 48,000)`. */
export function lengthText({ full, quick }: Pick<Described, "full" | "quick">): string {
  const part = (
    size: number | null,
    short: number | null,
    show: (value: number) => string,
    engine: string,
  ): string[] =>
    size === null
      ? []
      : [`${show(size)} ${engine}${short === null || short === size ? "" : ` (quick ${show(short)})`}`];
  return [
    ...part(full.liveMs, quick.liveMs, time, "live"),
    ...part(full.simulatedRequests, quick.simulatedRequests, requests, "simulated"),
  ].join(", ");
}

const time = (ms: number): string =>
  ms < 119_500 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;

const requests = (count: number): string => `${Number(count.toPrecision(2)).toLocaleString("en")} requests`;
