import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { findDjango } from "./django/product.ts";
import { createSandbox, until } from "./test-cli.ts";

const found = await findDjango();
const skip = found.available ? false : `Django is not on this machine: ${found.reason}`;
const sandbox = createSandbox();
after(() => sandbox.remove());

const scenario = (backends: string, rest: string): string => `name: real
title: Real Django
backends: { kind: django, ${backends} }
${rest}
`;
const LESSON = `events {}
http {
  upstream django_servers {
    server 192.168.1.2:8000;
    server 192.168.1.3:8000;
  }
  server {
    listen 80;
    location / {
      proxy_pass http://django_servers;
    }
  }
}
`;

describe("real Django behind a balancer", { skip, timeout: 300_000 }, () => {
  afterEach(() => {
    assert.deepEqual(sandbox.processes(), []);
    assert.deepEqual(sandbox.workFolders(), []);
  });

  it("answers, is counted, and comes back at the instant of the timetable after a crash", async () => {
    sandbox.write(
      "crash.yaml",
      scenario(
        "count: 2",
        `traffic: { model: open, arrivals: { type: poisson, rate: 30 }, requests: [{ name: product, path: /catalogue/product-5_5/ }, { name: wait, path: /wait/, service: { type: constant, value: 5ms } }], warmup: 500ms, duration: 6s }
contestants: { balancers: [nginx], algorithms: [least-connections] }
faults: [{ type: crash, at: 1s, for: 2s, backend: 1 }]`,
      ),
    );
    const { code, stderr } = await sandbox.run(["run", "crash.yaml"]);
    assert.equal(code, 0, stderr);
    const { trials, scenarios, run } = sandbox.record();
    const [trial] = trials;
    assert.ok(trial);
    // A busy machine makes it suspect; invalid would say that the ledger and the rows do not add up.
    assert.notEqual(trial.verdict.status, "invalid", trial.verdict.reasons.join("; "));
    assert.equal(scenarios[0]?.capacity, null);
    assert.ok(run.versions.django && run.versions.gunicorn && run.versions.python);
    for (const { completed, requests, queueMs, utilisation } of trial.backends) {
      assert.ok(completed > 0 && requests > 0 && (utilisation ?? 0) > 0);
      assert.equal(queueMs, null);
    }
    const [fault] = trial.faults;
    const liftedAtMs = fault?.liftedAt ?? 0;
    assert.ok(liftedAtMs >= 3_000 && liftedAtMs < 5_500, `lifted at ${liftedAtMs}`);
  });

  it("refuses every request that the lesson's NGINX configuration passes on, because of its Host", async () => {
    sandbox.write("lesson.conf", LESSON);
    sandbox.write(
      "lesson.yaml",
      scenario(
        "count: 2",
        `traffic: { model: open, arrivals: { type: constant, rate: 20 }, warmup: 0s, duration: 1s }
contestants: { balancers: [{ nginx: lesson.conf }] }`,
      ),
    );
    const { stdout, stderr } = await sandbox.run(["run", "lesson.yaml"]);
    const { trials } = sandbox.record();
    assert.match(
      trials[0]?.verdict.reasons.join() ?? "",
      /answered a probe with 400.*proxy_set_header Host/,
      stdout + stderr,
    );
  });

  it("leaves nothing behind on Ctrl-C", async () => {
    sandbox.write(
      "long.yaml",
      scenario(
        "count: 2, workers: 2",
        `traffic: { model: open, arrivals: { type: constant, rate: 10 }, warmup: 0s, duration: 60s }
contestants: { balancers: [nginx] }`,
      ),
    );
    const started = sandbox.start(["run", "long.yaml"]);
    await until("gunicorn's workers are there", () => sandbox.processes().length >= 6);
    started.child.kill("SIGINT");
    assert.equal((await started.finished).code, 130);
  });

  it("says in one line what a Python of the user's own lacks", async () => {
    sandbox.write(
      "own.yaml",
      scenario(
        "count: 1",
        `traffic: { model: open, arrivals: { type: constant, rate: 10 }, warmup: 0s, duration: 1s }
contestants: { balancers: [builtin] }`,
      ),
    );
    const { code, stderr } = await sandbox.run(["run", "own.yaml", "--python", "/no/such/python"]);
    assert.equal(code, 3);
    assert.match(stderr, /^evenkeel: real Django cannot be started: there is no \/no\/such\/python\n/m);
  });

  it("is simulated only with a profile", async () => {
    const { code, stderr } = await sandbox.run(["simulate", "own.yaml"]);
    assert.equal(code, 64);
    assert.match(stderr, /real has real Django backends.*calibrate django/);
  });

  it("writes a profile that a simulation plays", async () => {
    const { code, stdout, stderr } = await sandbox.run([
      "calibrate",
      "django",
      "--quick",
      "--views",
      "home,product",
      "--out",
      "profile.json",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /product +GET \/catalogue\/:product\//);
    sandbox.write(
      "profiled.yaml",
      scenario(
        "count: 2, profile: profile.json",
        `traffic: { model: open, arrivals: { type: poisson, load: 0.5 }, requests: [{ name: home }, { name: product, path: /catalogue/chair_7/ }], warmup: 0s, duration: 2s }
contestants: { balancers: [builtin] }`,
      ),
    );
    const simulated = await sandbox.run(["simulate", "profiled.yaml"]);
    assert.equal(simulated.code, 0, simulated.stderr);
    assert.match(simulated.stderr, /the simulated backend plays them by their profile/);
    const { trials } = sandbox.record();
    assert.ok((trials[0]?.counts.ok ?? 0) > 10);
  });
});
