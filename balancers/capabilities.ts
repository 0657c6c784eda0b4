import type { AlgorithmDefinition } from "./algorithm.ts";
import type { Balancer } from "./balancer.ts";

/**
 * Markdown table of every algorithm at every balancer: the directive it comes down to with its notes, or `n/a` with the reason.
 * Pure; `docs/reference/balancers.md` holds it.
 */
export function capabilityTable(
  balancers: readonly Pick<Balancer, "name" | "supports">[],
  algorithms: readonly Pick<AlgorithmDefinition, "name" | "weighted">[],
): string {
  const head = ["algorithm", "follows weights", ...balancers.map(({ name }) => name)];
  const rows = algorithms.map(({ name, weighted }) => [
    name,
    weighted ? "yes" : "no",
    ...balancers.map((balancer) => describe(balancer, name)),
  ]);
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function describe(balancer: Pick<Balancer, "supports">, algorithm: string): string {
  const support = balancer.supports(algorithm);
  if (!support.supported) return inCell(`n/a: ${support.reason}`);
  const note = support.note === undefined ? "" : ` — ${inCell(support.note)}`;
  return `\`${support.directive.replaceAll("|", "\\|")}\`${note}`;
}

function inCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
