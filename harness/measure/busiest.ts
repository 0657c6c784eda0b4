import type { TrialRecord } from "../../reports/record.ts";

/** The largest share of its own capacity that attempts asked of a backend: their number times the mean work of those answered, over the time of its workers. */
export function busiestOf(backends: TrialRecord["backends"]): number | null {
  const asked = backends.flatMap(({ utilisation, attempts, requests }) =>
    utilisation === null || requests === 0 ? [] : [(utilisation * attempts) / requests],
  );
  return asked.length === 0 ? null : Math.max(...asked);
}
