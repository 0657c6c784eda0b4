import type { ChartConfiguration } from "chart.js";
import type { ChartConfig, Theme } from "../chart.ts";

/** The little of a browser's window that is used; the types of all browsers would be in reach of every file otherwise. */
interface PageWindow {
  readonly innerWidth: number;
  readonly document: {
    getElementById(id: string): PageElement | null;
    readonly documentElement: PageElement;
    readonly body: PageElement;
  };
  getComputedStyle(element: PageElement): {
    readonly fontFamily: string;
    getPropertyValue(name: string): string;
  };
  matchMedia(query: string): { addEventListener(event: "change", listener: () => void): void };
  addEventListener(event: "beforeprint", listener: () => void): void;
  requestAnimationFrame(run: () => void): unknown;
}

interface PageElement {
  readonly id: string;
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  closest(selector: string): PageElement | null;
  querySelector(selector: string): PageElement | null;
  removeAttribute(name: string): void;
}

interface ChartClass {
  new (canvas: PageElement, config: ChartConfiguration): { destroy(): void };
  readonly defaults: { readonly font: { family?: string; size?: number } };
}

/**
 * Runs in the page: draws one chart after the other, leaving the page responsive, and all again when light changes to dark. Inlined by its source text, so it uses
 * nothing from outside itself.
 */
export function drawInPage(
  page: PageWindow,
  Chart: ChartClass,
  revive: (config: ChartConfig, theme: Theme) => ChartConfiguration,
): void {
  const { document } = page;
  const configs = JSON.parse(document.getElementById("figures")?.textContent ?? "{}") as Record<
    string,
    ChartConfig
  >;
  const drawn = new Map<string, { destroy(): void }>();

  const theme = (): Theme => {
    const root = page.getComputedStyle(document.documentElement);
    const variable = (name: string): string => root.getPropertyValue(name).trim();
    return {
      ink: variable("--ink"),
      muted: variable("--muted"),
      grid: variable("--line"),
      shade: variable("--shade"),
      background: variable("--paper"),
      font: page.getComputedStyle(document.body).fontFamily,
    };
  };
  const draw = (id: string): void => {
    const canvas = document.getElementById(id);
    const config = configs[id];
    if (!canvas || !config) return;
    drawn.get(id)?.destroy();
    Chart.defaults.font.family = theme().font;
    Chart.defaults.font.size = page.innerWidth < 640 ? 11 : 12.5;
    drawn.set(id, new Chart(canvas, revive(config, theme())));
  };

  const ids = Object.keys(configs);
  for (const id of ids) {
    const canvas = document.getElementById(id);
    canvas?.parentElement?.removeAttribute("hidden");
    canvas?.closest("figure")?.querySelector("details.twin")?.removeAttribute("open");
  }
  const drawFrom = (index: number): void => {
    const id = ids[index];
    if (id === undefined) return;
    if (!drawn.has(id)) draw(id);
    page.requestAnimationFrame(() => drawFrom(index + 1));
  };
  drawFrom(0);
  page
    .matchMedia("(prefers-color-scheme: dark)")
    .addEventListener("change", () => [...drawn.keys()].forEach(draw));
  page.addEventListener("beforeprint", () => ids.forEach(draw));
}
