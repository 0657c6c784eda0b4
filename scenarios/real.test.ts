import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { capacityOf } from "./capacity.ts";
import { loadScenarios, ScenarioError } from "./load.ts";
import { isDemandKnown } from "./real-django.ts";
import { type ServiceProfile, viewOf } from "./service-profile.ts";

const folder = mkdtempSync(join(tmpdir(), "evenkeel-real-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const flat = (mean: number) => ({
  mean,
  quantiles: [[0, mean] as [number, number], [1, mean] as [number, number]],
});
const view = (name: string, path: string, ms: number): ServiceProfile["views"][number] => ({
  name,
  method: "GET",
  path,
  status: 200,
  bytes: 10,
  n: 100,
  cpu: flat(ms),
  io: flat(0),
  service: flat(ms),
});
const profile: ServiceProfile = {
  schema: "evenkeel/service-profile@1",
  measuredAt: "2026-11-25T00:00:00.000Z",
  versions: {},
  machine: { cpu: "x", cores: 2, memoryBytes: 1, os: "x", kernel: "x" },
  overhead: { worker: flat(0.3), hop: 0.4 },
  disturbed: 0,
  views: [
    view("home", "/", 10),
    view("product", "/catalogue/:product/", 4),
    view("search-form", "/search/", 1),
    view("search", "/search/?q=", 8),
  ],
};
writeFileSync(join(folder, "profile.json"), JSON.stringify(profile));

interface Said {
  readonly backends: string;
  readonly arrivals?: string;
  readonly requests?: string;
  readonly rest?: string;
}

function load({ backends, arrivals = "{ type: poisson, rate: 20 }", requests, rest = "" }: Said) {
  const path = join(folder, "s.yaml");
  const mix = requests === undefined ? "" : `, requests: ${requests}`;
  writeFileSync(
    path,
    `name: s\ntitle: S\nbackends: ${backends}\ntraffic: { model: open, arrivals: ${arrivals}${mix} }\ncontestants: { balancers: [builtin] }\n${rest}\n`,
  );
  return loadScenarios([path]);
}

async function refused(said: Said, expected: RegExp): Promise<void> {
  await assert.rejects(load(said), (error) => {
    assert.ok(error instanceof ScenarioError);
    assert.match(error.message, expected);
    return true;
  });
}

describe("a scenario with real Django", () => {
  it("needs no service, has a rate, and what it can do is not known", async () => {
    const [loaded] = await load({ backends: "{ kind: django, count: 2 }" });
    assert.equal(isDemandKnown(loaded!.scenario), false);
    assert.equal(capacityOf(loaded!.scenario).perSecond, Number.POSITIVE_INFINITY);
  });

  it("takes a load with a profile, which tells what each request brings", async () => {
    const [loaded] = await load({
      backends: "{ kind: django, count: 2, profile: profile.json }",
      arrivals: "{ type: poisson, load: 50% }",
    });
    assert.equal(capacityOf(loaded!.scenario).perSecond, 200);
  });

  it("refuses a load without one, and says what to do", () =>
    refused(
      { backends: "{ kind: django, count: 2 }", arrivals: "{ type: poisson, load: 0.5 }" },
      /s\.yaml:4:\d+ {2}traffic\.arrivals\.load: .*give rate, or backends\.profile/,
    ));

  it("refuses faults that only a simulated backend plays, and takes those of the process", async () => {
    const backends = "{ kind: django, count: 2 }";
    const fault = (type: string) => `faults: [{ type: ${type}, at: 1s, for: 1s, backend: 1 }]`;
    await refused(
      { backends, rest: fault("hang") },
      /6:\d+ {2}faults\[0\]\.type: hang is played by the simulated backend/,
    );
    await load({ backends, rest: fault("crash") });
    await load({ backends, rest: fault("pause") });
  });

  it("refuses another speed", () =>
    refused(
      { backends: "{ kind: django, count: 2, override: [{ backend: 1, speed: 0.5 }] }" },
      /override\[0\]\.speed: .*as fast as this machine/,
    ));
});

describe("a profile", () => {
  it("gives simulated backends the service of each view, and none to requests that have their own", async () => {
    const [loaded] = await load({
      backends: "{ count: 1, profile: profile.json }",
      requests:
        "[{ name: a, path: /catalogue/chair_7/ }, { name: b, path: '/search/?q=lamp' }, { name: c, path: /, service: { type: constant, value: 2ms } }]",
    });
    const services = loaded!.scenario.traffic.requests.map(({ service }) => service);
    assert.deepEqual(services, [
      {
        type: "empirical",
        quantiles: [
          [0, 4],
          [1, 4],
        ],
      },
      {
        type: "empirical",
        quantiles: [
          [0, 8],
          [1, 8],
        ],
      },
      { type: "constant", value: 2 },
    ]);
    assert.doesNotMatch(JSON.stringify(loaded!.definition), /profile/);
  });

  it("that lacks a view is said so, unless the scenario has a service for all", async () => {
    const requests = "[{ name: a, path: /nowhere/ }]";
    await refused(
      { backends: "{ count: 1, profile: profile.json }", requests },
      /backends\.profile: profile\.json: has no GET \/nowhere\/; it has GET \//,
    );
    await load({
      backends: "{ count: 1, profile: profile.json, service: { type: constant, value: 1ms } }",
      requests,
    });
  });

  it("that is none is named with what is wrong", async () => {
    writeFileSync(join(folder, "bad.json"), '{"schema":"other"}');
    await refused(
      { backends: "{ count: 1, profile: bad.json }" },
      /bad\.json: not a service profile: schema/,
    );
    await refused({ backends: "{ count: 1, profile: none.json }" }, /none\.json: there is no such file/);
  });

  it("knows a view by method, route and the keys of its query", () => {
    assert.equal(viewOf(profile, "GET", "/search/?q=a&page=2")?.name, "search");
    assert.equal(viewOf(profile, "GET", "/search/")?.name, "search-form");
    assert.equal(viewOf(profile, "POST", "/"), null);
    assert.equal(viewOf(profile, "GET", "/catalogue/category/x_1/"), null);
  });
});
