import type { Chart, Point } from "../chart.ts";
import type { Contestant } from "../contestants.ts";
import { sentenceCase, showPercent } from "../figures.ts";
import { chartConfig } from "../line-chart.ts";
import { BACKEND_COLOURS, DIFFERENT_BACKEND, FAULTY_BACKEND } from "../palette.ts";
import { contestantPanels, drawn, faultWindows, panelMarks, secondsAxis, valueAxes } from "../panels.ts";
import type { SeriesSecond } from "../record.ts";
import type { ScenarioSummary } from "../summary.ts";
import { type BackendNode, backendNodes } from "../topology.ts";

/** Which backend answers what share of the requests, second by second, for every contestant. */
export const chart: Chart = {
  name: "share-over-time",
  summary: "Which backend answers what share of the requests, second by second.",
  figure(scenario) {
    const contestants = drawn(scenario).filter(
      (c) => c.shown.series.length > 1 && c.shown.series.some((s) => s.backends.length > 0),
    );
    if (contestants.length === 0) return null;
    const bands = bandsOf(scenario, contestants);
    const panels = contestantPanels(contestants);
    const windows = faultWindows(scenario);
    return {
      title: title(scenario, contestants, bands),
      caption: `Share of each second's responses by backend${windows.length > 0 ? "; shaded: while the fault lasts" : ""}. Equal bands mean equal shares; a slow backend should get less, a dead one nothing.`,
      config: chartConfig({
        type: "line",
        datasets: panels.flatMap((panel, p) =>
          bands.map((band, b) => ({
            label: band.label,
            yAxisID: panel.axis,
            stack: `panel${p}`,
            data: points(contestants[p]!, band),
            fill: b === 0 ? "origin" : "-1",
            stepped: "before",
            pointRadius: 0,
            borderWidth: 1,
            borderColor: "paper",
            backgroundColor: band.colour,
            pointStyle: "rect",
          })),
        ),
        scales: {
          x: secondsAxis(scenario),
          ...valueAxes(panels, { title: "share", min: 0, max: 1, stacked: true, ticks: 3 }),
        },
        marks: { unit: "share", windows, panels: panelMarks(panels) },
        legend: true,
        topPadding: windows.length > 0 ? 40 : 22,
      }),
      height: 120 + panels.length * 104,
      table: {
        columns: ["contestant", ...bands.map((band) => band.label)],
        rows: scenario.contestants.map((c) => [
          c.name,
          ...bands.map((band) => showPercent(wholeShare(c, band))),
        ]),
      },
    };
  },
};

interface Band {
  readonly label: string;
  readonly ids: ReadonlySet<number>;
  readonly colour: string;
}

/** Bands that a reader can tell apart: backends with a fault or a difference first, then others up to six, the rest as one. */
const ORDINARY = 6;

function bandsOf(scenario: ScenarioSummary, contestants: readonly Contestant[]): readonly Band[] {
  const nodes = backendNodes(scenario, contestants);
  const special = nodes.filter((node) => node.faults.length > 0 || node.differs !== "");
  const ordinary = nodes.filter((node) => !special.includes(node));
  const band = (node: BackendNode, colour: string): Band => ({
    label: `backend ${node.id}${node.differs === "" && node.faults.length === 0 ? "" : ` (${[node.differs, ...new Set(node.faults.map((f) => f.type))].filter((t) => t !== "").join(", ")})`}`,
    ids: new Set([node.id]),
    colour,
  });
  const single = ordinary.length <= ORDINARY ? ordinary : ordinary.slice(0, ORDINARY - 1);
  const rest = ordinary.slice(single.length);
  return [
    ...special.map((node) => band(node, node.faults.length > 0 ? FAULTY_BACKEND : DIFFERENT_BACKEND)),
    ...single.map((node, i) => band(node, BACKEND_COLOURS[i % BACKEND_COLOURS.length]!)),
    ...(rest.length > 0
      ? [
          {
            label: `${rest.length} more backends`,
            ids: new Set(rest.map((n) => n.id)),
            colour: BACKEND_COLOURS[5],
          },
        ]
      : []),
  ];
}

type Answers = SeriesSecond["backends"][number];

const responses = ({ ok, httpError, timeout, connectionError, aborted }: Answers): number =>
  ok + httpError + timeout + connectionError + aborted;

/** Values hold from one second to the next; the last is repeated so that its step is drawn. */
function points(contestant: Contestant, band: Band): readonly Point[] {
  const steps = contestant.shown.series.map((second): Point => {
    const total = second.backends.reduce((sum, b) => sum + responses(b), 0);
    const own = second.backends.reduce((sum, b) => sum + (band.ids.has(b.id) ? responses(b) : 0), 0);
    return { x: second.second, y: total === 0 ? 0 : own / total };
  });
  const last = steps[steps.length - 1]!;
  return [...steps, { x: last.x + 1, y: last.y }];
}

const wholeShare = (contestant: Contestant, band: Band): number =>
  contestant.shown.backends.reduce((sum, backend) => sum + (band.ids.has(backend.id) ? backend.share : 0), 0);

/** Share of a band in the seconds that lie in a fault's window. */
function shareInFault(scenario: ScenarioSummary, contestant: Contestant, band: Band): number {
  const windows = faultWindows(scenario);
  const seconds = contestant.shown.series
    .filter((s) => windows.some((w) => s.second >= w.from && s.second + 1 <= w.to))
    .flatMap((s) => s.backends);
  const sum = (backends: typeof seconds): number => backends.reduce((total, b) => total + responses(b), 0);
  return sum(seconds) === 0 ? 0 : sum(seconds.filter((b) => band.ids.has(b.id))) / sum(seconds);
}

function title(
  scenario: ScenarioSummary,
  contestants: readonly Contestant[],
  bands: readonly Band[],
): string {
  const special = bands.find((band) => band.colour === FAULTY_BACKEND || band.colour === DIFFERENT_BACKEND);
  if (!special) return "Share of requests by backend";
  const faulty = special.colour === FAULTY_BACKEND;
  const shares = contestants
    .map((c) => ({
      name: c.name,
      share: faulty ? shareInFault(scenario, c, special) : wholeShare(c, special),
    }))
    .sort((a, b) => a.share - b.share);
  const [least, most] = [shares[0]!, shares[shares.length - 1]!];
  const subject = faulty ? `While the fault lasts, ${special.label}` : sentenceCase(special.label);
  if (showPercent(least.share) === showPercent(most.share))
    return `${subject} gets ${showPercent(least.share)} of the requests`;
  return `${subject} gets ${showPercent(least.share)} from ${least.name}, ${showPercent(most.share)} from ${most.name}`;
}
