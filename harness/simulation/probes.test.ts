import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { createRecentLatency } from "../../backends/recent-latency.ts";
import { createFleet } from "./fleet.ts";
import { withProbes } from "./probes.ts";
import type { Caller } from "./trouble.ts";

const caller: Caller = {
  accidents: () => assert.fail("nothing is drawn"),
  k: 0,
  method: "GET",
  path: "/",
  answerBytes: () => 0,
};

for (const workers of [1, 64, 256])
  test(`a probed backend of ${workers} workers says what one says that learns of each answer when it leaves`, () => {
    const deployment = { mode: "sync", workers, threads: 1, speed: 1 } as const;
    const fleet = withProbes(createFleet([deployment], [], 1));
    const rng = createRng(1);
    fleet.ask(0, 0);
    const recent = createRecentLatency();
    let open: { arrivedMs: number; leavesMs: number; found: number }[] = [];
    const known = (now: number): number => {
      const gone = open.filter(({ leavesMs }) => leavesMs <= now).sort((a, b) => a.leavesMs - b.leavesMs);
      for (const { arrivedMs, leavesMs, found } of gone) recent.add(leavesMs - arrivedMs, found, leavesMs);
      open = open.filter(({ leavesMs }) => leavesMs > now);
      return open.length;
    };
    let now = 0;
    let said = 0;
    for (let k = 0; k < 3_000; k++) {
      // Loaded to 1.2 of what it can do: ever more of the requests have not been answered yet.
      now += (-Math.log(1 - rng.next()) * 10) / workers / 1.2;
      const found = known(now);
      const demandMs = -Math.log(1 - rng.next()) * 10;
      const visit = fleet.arrive(0, now, { demandMs, ioMs: 0, gilFreeMs: 0, clientMs: 0 }, caller);
      open.push({ arrivedMs: now, leavesMs: visit.atMs, found });
      if (k % 10 !== 0) continue;
      const inFlight = known(now);
      assert.deepEqual(fleet.ask(0, now), { inFlight, latencyMs: recent.median(inFlight, now) });
      if (recent.median(inFlight, now) > 0) said += 1;
    }
    assert.ok(said > 200);
  });

test("a backend that is dead or stands still says nothing", () => {
  const deployment = { mode: "sync", workers: 1, threads: 1, speed: 1 } as const;
  const fleet = withProbes(
    createFleet(
      [deployment],
      [
        { type: "pause", at: 10, for: 10, backend: 1 },
        { type: "crash", at: 30, for: 10, backend: 1 },
      ],
      1,
    ),
  );
  const isSilent = [5, 15, 25, 35, 45].map((now) => fleet.ask(0, now) === null);
  assert.deepEqual(isSilent, [false, true, false, true, false]);
});
