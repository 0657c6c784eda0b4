// Written by `npm run generate` from the files of this folder.
import type { Report } from "../report.ts";
import { report as csv } from "./csv.ts";
import { report as html } from "./html.ts";
import { report as markdown } from "./markdown.ts";
import { report as png } from "./png.ts";

export const reports: readonly Report[] = [csv, html, markdown, png];
