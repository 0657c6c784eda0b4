import { explainIssues, valueAt } from "./explain.ts";
import { isKeys } from "./merge.ts";
import type { Finding, Path } from "./problem.ts";
import { checkRules, type RuleContext } from "./rules.ts";
import { limitUnits } from "./rules-judged.ts";
import { mixConflicts } from "./rules-mix.ts";
import { serviceSaid } from "./rules-real.ts";
import { type Scenario, scenarioSchema } from "./scenario.ts";

export interface Validated {
  /** Null when something is wrong. */
  readonly scenario: Scenario | null;
  readonly findings: readonly Finding[];
}

/** Data of a scenario file to a scenario, or everything that is wrong with it. Pure. */
export function validate(data: unknown, context: RuleContext): Validated {
  const parsed = scenarioSchema.safeParse(data);
  if (parsed.success) {
    const findings = [
      ...checkRules(parsed.data, context),
      ...mixConflicts(valueAt(data, ["traffic"])),
      ...limitUnits(valueAt(data, ["claims"]), valueAt(data, ["objectives"])),
      ...serviceSaid(parsed.data, valueAt(data, ["backends"])),
    ];
    return { scenario: findings.length === 0 ? parsed.data : null, findings };
  }
  const findings = explainIssues(scenarioSchema, data, parsed.error.issues);
  // An unknown key does not hide what the rest of the file gets wrong.
  const keys = findings.filter((finding) => finding.atKey === true).map((finding) => finding.path);
  const rest = scenarioSchema.safeParse(keys.reduce(without, data));
  return {
    scenario: null,
    findings: rest.success
      ? [
          ...findings,
          ...checkRules(rest.data, context),
          ...serviceSaid(rest.data, valueAt(data, ["backends"])),
        ]
      : findings,
  };
}

/** A copy of the data without the key at `path`. */
function without(data: unknown, path: Path): unknown {
  const [step, ...deeper] = path;
  if (step === undefined) return data;
  if (Array.isArray(data)) return data.map((item, i) => (i === step ? without(item, deeper) : item));
  if (!isKeys(data)) return data;
  const entries = Object.entries(data).filter(([key]) => deeper.length > 0 || key !== step);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === step ? without(value, deeper) : value]),
  );
}
