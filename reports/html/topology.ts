import type { ScenarioSummary } from "../summary.ts";
import { type BackendNode, faultText, topologyOf } from "../topology.ts";
import { type Html, html } from "./template.ts";

const ROW = 58;
/** Above this the ordinary backends are drawn as one box. */
const MOST_BOXES = 8;

/** Client, balancer and backends as a drawing; what is special about a backend is written in its box. */
export function topologySvg(scenario: ScenarioSummary): Html {
  const topology = topologyOf(scenario);
  const boxes = boxesOf(topology.backends);
  const height = Math.max(2, boxes.length) * ROW + 12;
  const middle = height / 2;
  const y = (i: number): number => (height - boxes.length * ROW) / 2 + i * ROW + ROW / 2;
  const description = `${topology.traffic} to ${topology.balancers}, which spreads it over ${boxes.map((box) => box.lines.join(" ")).join("; ")}`;
  return html`<svg class="topology" viewBox="0 0 760 ${height}" role="img" aria-label="${description}">
<defs><marker id="arrow-${scenario.name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8" /></marker></defs>
${box(4, middle - 26, 178, ["load generator", topology.traffic], "")}
<path d="M182 ${middle}H268" marker-end="url(#arrow-${scenario.name})" />
${box(270, middle - 26, 190, ["balancer", topology.balancers], "")}
${boxes.map((_, i) => html`<path d="M460 ${middle}C505 ${middle} 495 ${y(i)} 538 ${y(i)}" marker-end="url(#arrow-${scenario.name})" />`)}
${boxes.map((entry, i) => box(540, y(i) - 24, 214, entry.lines, entry.kind))}
</svg>`;
}

interface Box {
  readonly lines: readonly string[];
  readonly kind: "" | "faulty" | "different";
}

function boxesOf(nodes: readonly BackendNode[]): readonly Box[] {
  const single = (node: BackendNode): Box => ({
    lines: [
      `backend ${node.id}${node.differs === "" ? "" : `: ${node.differs}`}`,
      node.faults.map(faultText).join(", "),
    ].filter((line) => line !== ""),
    kind: node.faults.length > 0 ? "faulty" : node.differs !== "" ? "different" : "",
  });
  if (nodes.length <= MOST_BOXES) return nodes.map(single);
  const special = nodes
    .filter((node) => node.faults.length > 0 || node.differs !== "")
    .slice(0, MOST_BOXES - 1);
  return [...special.map(single), { lines: [`${nodes.length - special.length} more backends`], kind: "" }];
}

function box(x: number, top: number, width: number, lines: readonly string[], kind: string): Html {
  const height = lines.length > 1 ? 50 : 34;
  const y = lines.length > 1 ? top : top + 8;
  const center = x + width / 2;
  const cut = (text: string): string => (text.length > 34 ? `${text.slice(0, 33)}…` : text);
  return html`<rect class="box ${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8" /><text x="${center}" y="${y + 21}" text-anchor="middle">${cut(lines[0] ?? "")}</text>${
    lines[1] === undefined
      ? null
      : html`<text class="small" x="${center}" y="${y + 39}" text-anchor="middle">${cut(lines[1])}</text>`
  }`;
}
