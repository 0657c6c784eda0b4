/** Our own Chart.js plugin: shaded fault windows, panel headings and instants, whiskers and labels of bars, a reference line. */
import type { Chart, Plugin, Scale } from "chart.js";
import type { Marks, Theme } from "./chart.ts";

/** Draws on a canvas of Node and of a browser alike. */
export function marksPlugin(marks: Marks, theme: Theme): Plugin {
  return {
    id: "evenkeel-marks",
    beforeDatasetsDraw: (chart) => shadeWindows(chart, marks, theme),
    afterDatasetsDraw: (chart) => {
      chart.ctx.save();
      labelWindows(chart, marks, theme);
      drawPanels(chart, marks, theme);
      drawReference(chart, marks, theme);
      drawBarMarks(chart, marks, theme);
      chart.ctx.restore();
    },
  };
}

function shadeWindows({ ctx, chartArea, scales }: Chart, marks: Marks, theme: Theme): void {
  ctx.save();
  ctx.fillStyle = theme.shade;
  for (const { from, to } of marks.windows ?? []) {
    const [left, right] = [scales.x!.getPixelForValue(from), scales.x!.getPixelForValue(to)];
    ctx.fillRect(left, chartArea.top, right - left, chartArea.bottom - chartArea.top);
  }
  ctx.restore();
}

function labelWindows({ ctx, chartArea, scales }: Chart, marks: Marks, theme: Theme): void {
  let free = Number.NEGATIVE_INFINITY;
  for (const { from, to, label } of marks.windows ?? []) {
    const [left, right] = [scales.x!.getPixelForValue(from), scales.x!.getPixelForValue(to)];
    ctx.strokeStyle = theme.muted;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 3]);
    for (const at of [left, right]) drawLine(ctx, at, chartArea.top, at, chartArea.bottom);
    ctx.setLineDash([]);
    ctx.font = `bold 11px ${theme.font}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "bottom";
    ctx.fillStyle = theme.muted;
    const half = ctx.measureText(label).width / 2;
    const middle = Math.min(Math.max((left + right) / 2, chartArea.left + half), chartArea.right - half);
    // Of windows side by side the first one says it for those that there is no room for.
    if (middle - half < free) continue;
    free = middle + half + 8;
    ctx.fillText(label, middle, chartArea.top - 4);
  }
}

function drawPanels({ ctx, chartArea, scales }: Chart, marks: Marks, theme: Theme): void {
  for (const panel of marks.panels ?? []) {
    const axis = scales[panel.axis] as Scale | undefined;
    if (!axis) continue;
    const [top, bottom] = [axis.getPixelForValue(axis.max), axis.getPixelForValue(axis.min)];
    ctx.font = `bold 12px ${theme.font}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "bottom";
    writeOver(ctx, panel.label, axis.right + 6, top - 5, theme);
    ctx.font = `10.5px ${theme.font}`;
    ctx.textBaseline = "top";
    let free = Number.NEGATIVE_INFINITY;
    let row = 0;
    for (const { at, label } of panel.instants ?? []) {
      const x = scales.x!.getPixelForValue(at);
      ctx.strokeStyle = theme.ink;
      ctx.lineWidth = 1.5;
      drawLine(ctx, x, top, x, bottom);
      const width = ctx.measureText(label).width + 8;
      const before = x + width > chartArea.right;
      ctx.textAlign = before ? "right" : "left";
      row = (before ? x - width : x) < free ? row + 1 : 0;
      free = Math.max(free, x + width);
      writeOver(ctx, label, before ? x - 4 : x + 4, top + 2 + row * 13, theme);
    }
  }
}

function drawReference({ ctx, chartArea, scales }: Chart, marks: Marks, theme: Theme): void {
  if (!marks.reference || !scales.x) return;
  const at = scales.x.getPixelForValue(marks.reference.value);
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([6, 4]);
  drawLine(ctx, at, chartArea.top, at, chartArea.bottom);
  ctx.setLineDash([]);
  ctx.font = `bold 11px ${theme.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.fillStyle = theme.ink;
  ctx.fillText(marks.reference.label, at, chartArea.top - 4);
}

function drawBarMarks({ ctx, scales, data }: Chart, marks: Marks, theme: Theme): void {
  const { x: values, y: categories } = scales;
  if (!values || !categories || !marks.labels) return;
  for (const [i, label] of marks.labels.entries()) {
    const y = categories.getPixelForValue(i);
    const whisker = marks.whiskers?.[i];
    if (whisker) {
      const [low, high] = [values.getPixelForValue(whisker[0]), values.getPixelForValue(whisker[1])];
      // With an edge of paper, because a bar may be as dark as the ink.
      for (const [colour, width] of [
        [theme.background, 4.5],
        [theme.ink, 1.5],
      ] as const) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = width;
        drawLine(ctx, low, y, high, y);
        for (const end of [low, high]) drawLine(ctx, end, y - 5, end, y + 5);
      }
    }
    const value = data.datasets[0]?.data[i];
    const end = Math.max(whisker?.[1] ?? 0, typeof value === "number" ? value : 0);
    ctx.font = `bold 12px ${theme.font}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    writeOver(ctx, label, values.getPixelForValue(end) + 8, y, theme);
  }
}

type Context = Chart["ctx"];

function drawLine(ctx: Context, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

/** Text that stays readable on top of lines and bands. */
function writeOver(ctx: Context, text: string, x: number, y: number, theme: Theme): void {
  ctx.save();
  ctx.lineWidth = 4;
  ctx.lineJoin = "round";
  ctx.strokeStyle = theme.background;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = theme.ink;
  ctx.fillText(text, x, y);
  ctx.restore();
}

/** What a page needs to run `marksPlugin`, as source text. */
export const MARKS_SOURCE = [
  marksPlugin,
  shadeWindows,
  labelWindows,
  drawPanels,
  drawReference,
  drawBarMarks,
  drawLine,
  writeOver,
]
  .map(String)
  .join("\n");
