import assert from "node:assert/strict";
import { test } from "node:test";
import { merge } from "./merge.ts";
import { validate } from "./validate.ts";

/** What is wrong with a scenario of four backends and 10 s whose faults are these. */
function problems(faults: readonly object[], more: object = {}): readonly string[] {
  const base = {
    name: "test",
    title: "Test",
    backends: { count: 4, service: { type: "exponential", mean: "10ms" } },
    traffic: { model: "open", arrivals: { type: "poisson", load: 0.5 }, duration: "10s" },
    contestants: { balancers: ["builtin"], algorithms: ["round-robin"] },
    faults: faults.map((fault) => ({ at: "1s", for: "500ms", backend: 2, type: "crash", ...fault })),
  };
  const { findings } = validate(merge(base, more), { algorithms: ["round-robin"], durationFrom: undefined });
  return findings.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("faults at several backends and times are fine while they do not meet", () => {
  assert.deepEqual(
    problems([
      { backend: "all", stagger: "1s" },
      { at: "6s", backend: [1, 3], repeat: { up: "1s", jitter: "100ms" } },
      {
        type: "abort",
        paths: ["/basket/*"],
        methods: ["POST"],
        except: ["/healthz/"],
        status: { 500: 3, 503: 1 },
      },
    ]),
    [],
  );
});

test("a backend that is not there or is named twice is said with its place in the list", () => {
  assert.deepEqual(problems([{ backend: [1, 9, 1] }]), [
    "faults.0.backend.1: 9: there is no such backend: backends.count is 4, and they are numbered from 1",
    "faults.0.backend.2: backend 1 is named twice",
  ]);
  const expected = 'expected the number of a backend from 1, a list of numbers such as [1, 3], or "all"';
  for (const backend of ["some", true, { id: 1 }])
    assert.deepEqual(problems([{ backend }]), [`faults.0.backend: ${expected}`]);
  assert.deepEqual(problems([{ backend: 0 }]), ["faults.0.backend: must be at least 1, got 0"]);
});

test("a stagger needs several backends and time for the last of them", () => {
  assert.deepEqual(problems([{ stagger: "1s" }]), [
    "faults.0.stagger: says how much later the next backend starts: name several backends",
  ]);
  assert.deepEqual(problems([{ backend: "all", stagger: "3s" }]), [
    "faults.0.stagger: backend 4: 10s is at the end of the measured window (duration 10s): the fault would never be seen",
  ]);
});

test("jitter leaves time both up and down", () => {
  assert.deepEqual(problems([{ repeat: { up: "1s", jitter: "500ms" } }]), [
    "faults.0.repeat.jitter: must be below the shorter of for (500ms) and repeat.up (1s)",
  ]);
});

test("faults that one process cannot have at once are told apart by their place, whenever they meet", () => {
  assert.deepEqual(problems([{ repeat: { up: "1s" } }, { type: "refuse", at: "4100ms", backend: "all" }]), [
    "faults.1: this refuse of backend 2 overlaps the crash of faults[0], which lasts from 4s to 4.5s",
  ]);
  assert.deepEqual(problems([{ type: "slow", factor: 2 }, { type: "abort" }]), []);
});

test("too many faults, and too many processes that wait for a crash, are refused", () => {
  const often = { for: "10ms", repeat: { up: "10ms" } };
  assert.match(problems([{ ...often, type: "pause" }])[0] ?? "", /^faults: more than 256 faults, counting/);
  assert.match(
    problems([{ ...often, repeat: { up: "10ms", times: 25 } }])[0] ?? "",
    /^faults: 25 crashes and restarts; at most 24,/,
  );
});

test("a fault that could not do anything is refused", () => {
  assert.deepEqual(problems([{ type: "keep-alive-race" }]), [
    "faults.0.type: sync workers keep no connection: it needs backends.mode gthread",
  ]);
  assert.deepEqual(
    problems([{ type: "keep-alive-race" }], { backends: { mode: "gthread", threads: 2 } }),
    [],
  );
  assert.deepEqual(problems([{ type: "reset", stage: "accept", share: "10%" }]), [
    "faults.0.stage: stage accept cuts every connection before its request is known: it takes no share, paths, methods or except",
  ]);
});

test("statuses, paths and methods are checked, each with what was expected", () => {
  assert.match(problems([{ type: "abort", status: 200 }])[0] ?? "", /must be at least 400, got 200/);
  assert.match(
    problems([{ type: "abort", paths: ["basket"] }])[0] ?? "",
    /expected a path such as \/basket\//,
  );
  assert.match(problems([{ type: "abort", methods: ["get"] }])[0] ?? "", /expected a method such as GET/);
});
