import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ServiceProfile } from "../../../scenarios/service-profile.ts";
import { describeMachine } from "../../measure/machine.ts";
import type { Case } from "../../proof/outcome.ts";
import { createRunId } from "../../run-folder.ts";
import { findDjango } from "../product.ts";
import { type DjangoBench, openDjangoBench } from "./bench.ts";
import { calibrate } from "./calibrate.ts";
import { checkProfile, SIZE } from "./check.ts";
import { FULL } from "./measure.ts";
import { VIEWS } from "./views.ts";

const found = await findDjango();
const skip = found.available ? false : `Django is not on this machine: ${found.reason}`;
const CHECKED = ["product", "search"];
const signal = new AbortController().signal;

describe("the simulated backend with its profile and real Django", { skip, timeout: 600_000 }, () => {
  let bench: DjangoBench;
  let profile: ServiceProfile;
  before(async () => {
    if (!found.available) return;
    bench = await openDjangoBench(createRunId(new Date()), found);
    profile = await calibrate(bench, {
      views: VIEWS.filter(({ name }) => CHECKED.includes(name)),
      effort: FULL,
      facts: {
        measuredAt: new Date().toISOString(),
        versions: { ...found.versions },
        machine: describeMachine(),
      },
      signal,
      onProgress: () => undefined,
    });
  });
  after(async () => {
    await bench?.close();
  });

  for (const name of CHECKED)
    for (const load of SIZE.loads)
      it(`agree within 15 % on mean and p99: ${name} at load ${load}`, { timeout: 120_000 }, async (t) => {
        const cases: Case[] = [];
        const options = {
          signal,
          onProgress: () => undefined,
          onCases: (more: readonly Case[]) => cases.push(...more),
        };
        const views = profile.views.filter((view) => view.name === name);
        await checkProfile(bench, profile, { ...options, views, size: { ...SIZE, loads: [load] } });
        for (const { title, theory, measured, note } of cases)
          t.diagnostic(`${title}: simulated ${theory?.toFixed(2)}, real ${measured?.toFixed(2)} ms; ${note}`);
        assert.equal(cases.length, 2);
        const [busy] = cases.flatMap(({ strain }) => strain ?? []);
        if (busy !== undefined) return t.skip(`too busy to judge: ${busy}`);
        assert.deepEqual(
          cases.filter(({ verdict }) => verdict !== "holds"),
          [],
        );
      });
});
