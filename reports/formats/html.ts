import { page } from "../html/page.ts";
import { markup } from "../html/template.ts";
import type { Report } from "../report.ts";

export const report: Report = {
  name: "html",
  summary: "The whole comparison as one page that needs no network: report.html.",
  render: (run, context) => [{ path: "report.html", content: markup(page(run, context)) }],
};
