import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { LIGHT } from "../chart.ts";
import type { RunRecord } from "../record.ts";
import { REVIVE_SOURCE } from "../revive.ts";
import { context, fixture, hostile } from "../testdata/fixture.ts";
import { page } from "./page.ts";
import { html, markup } from "./template.ts";

const render = (run: RunRecord): string => markup(page(run, context));
/** Without the scripts, whose text is not markup. */
const body = (text: string): string => text.replace(/<script\b[\s\S]*?<\/script>/g, "");

test("a value is escaped and a template is not", () => {
  assert.equal(
    markup(html`<p title="${'"<&'}">${["a", html`<b>${"<i>"}</b>`, null, 1]}</p>`),
    '<p title="&quot;&lt;&amp;">a<b>&lt;i&gt;</b>1</p>',
  );
});

test("the page loads nothing from anywhere", () => {
  const text = render(fixture());
  assert.ok(!/(?:src|href)\s*=\s*["']?\s*(?:https?:)?\/\//i.test(body(text)));
  assert.ok(!/<(?:link|img|iframe|object|embed|base)\b|@import|url\((?!#)/i.test(body(text)));
  assert.match(
    text,
    /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;|http-equiv="Content-Security-Policy" content="default-src 'none'/,
  );
  assert.ok(!text.includes("sourceMappingURL="));
});

test("hostile names and titles are text, in the page and in its data", () => {
  const text = render(hostile());
  assert.equal(text.match(/<script\b/g)!.length, 3);
  assert.equal(text.match(/<\/script>/g)!.length, 3);
  assert.ok(!/<script>alert|<img|onerror=alert\(3\)>/.test(body(text)));
  assert.ok(body(text).includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
  const data = /<script type="application\/json" id="figures">([\s\S]*?)<\/script>/.exec(text)![1]!;
  assert.ok(!data.includes("<"));
  assert.ok(JSON.stringify(JSON.parse(data)).includes("<script>alert(4)"));
});

test("every chart has its table, its caption and a label, and data of the same name", () => {
  const text = render(fixture());
  const figures = [...text.matchAll(/<figure>([\s\S]*?)<\/figure>/g)].map((m) => m[1]!);
  const data = JSON.parse(/id="figures">([\s\S]*?)<\/script>/.exec(text)![1]!) as Record<string, unknown>;
  assert.equal(figures.length, 15);
  for (const figure of figures) {
    assert.match(figure, /<table>[\s\S]*<td>/);
    assert.match(figure, /<figcaption>[^<]{20,}/);
    const [, id, label] = /<canvas id="([^"]+)" role="img" aria-label="([^"]+)"/.exec(figure)!;
    assert.ok(label!.length > 20 && id! in data);
  }
  assert.equal(Object.keys(data).length, figures.length);
});

test("without a script the tables are open and a note says so", () => {
  const text = render(fixture());
  assert.ok(text.includes("<noscript>"));
  assert.equal(text.match(/<details class="twin" open>/g)!.length, 15);
});

test("ids are unique and every inner link has its target", () => {
  const text = body(render(fixture()));
  const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map((m) => m[1]!);
  assert.equal(new Set(ids).size, ids.length);
  for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.includes(target!), target);
});

test("the page shows commands, configurations, what is n/a and every verdict", () => {
  const run = fixture();
  const text = render(run);
  for (const trial of run.trials) assert.ok(text.includes(trial.command));
  for (const expected of [
    "worker_processes 1;",
    "no longer in the run folder",
    "NGINX has no latency-aware method",
    "not reached",
    "counts do not add up",
    "AMD EPYC",
  ])
    assert.ok(text.includes(expected), expected);
  assert.ok(!body(text).includes("undefined"));
  assert.ok(!/\bNaN\b|\[object /.test(body(text)));
});

test("the source text that pages run stands on its own", () => {
  const config = {
    type: "line",
    data: { datasets: [] },
    options: {
      scales: { y: { type: "logarithmic", evenkeelValue: true, ticks: {} } },
      plugins: { evenkeel: { unit: "ms" } },
    },
  };
  const sandbox = { config, theme: LIGHT, result: "" };
  vm.runInNewContext(
    `${REVIVE_SOURCE}\nconst made = revive(config, theme); result = made.options.scales.y.ticks.callback(1500) + made.plugins[0].id;`,
    sandbox,
  );
  assert.equal(sandbox.result, "1.5 sevenkeel-marks");
});
