import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type RunRecord, runSchema } from "../record.ts";
import type { ReportContext } from "../report.ts";

const text = readFileSync(new URL("run.json", import.meta.url), "utf8");

/** A run of three scenarios and fourteen trials: faults, a control, repeats, an invalid and a suspect trial, figures that are missing. A fresh copy each time. */
export const fixture = (): RunRecord => runSchema.parse(JSON.parse(text));

export const context: ReportContext = {
  text: (path) => (path.endsWith("nginx.conf") ? "worker_processes 1; # </pre><script>alert(2)</script>\n" : null),
  chartJs: () => readFileSync(createRequire(import.meta.url).resolve("chart.js").replace("chart.cjs", "chart.umd.min.js"), "utf8"),
};

/** Names and titles as an attacker or a careless user would write them. */
export function hostile(): RunRecord {
  const run = fixture();
  const scenario = run.scenarios[0]!;
  scenario.title = "<script>alert(1)</script> </script> ![x](https://evil.example/a.png) @everyone | `code`\n# heading";
  scenario.question = "</title><img src=x onerror=alert(3)>";
  for (const trial of run.trials.slice(0, 6)) {
    trial.note = '=HYPERLINK("https://evil.example")';
    trial.verdict = { status: "suspect", reasons: ["+cmd|' /C calc'!A0", "@sum\u2028</script>"] };
    trial.balancer = trial.balancer === "nginx" ? '"><script>alert(4)</script>' : trial.balancer;
    trial.command = "-x `rm` ``` <b>";
  }
  run.unsupported[0]!.reason = "a | b\n```mermaid\n<script>";
  return run;
}
