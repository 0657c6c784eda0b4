import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { librariesOf } from "./apt.ts";
import { cacheFolder } from "./cache-folder.ts";
import { fetchBalancers } from "./fetch.ts";
import { findProduct, locate, onPath } from "./locate.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "evenkeel-fetch-"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("the cache folder is EVENKEEL_CACHE, else XDG_CACHE_HOME/evenkeel, else ~/.cache/evenkeel", () => {
  assert.equal(cacheFolder({ EVENKEEL_CACHE: "/a", XDG_CACHE_HOME: "/b" }), "/a");
  assert.equal(cacheFolder({ EVENKEEL_CACHE: "", XDG_CACHE_HOME: "/b" }), "/b/evenkeel");
  assert.match(cacheFolder({ XDG_CACHE_HOME: "relative" }), /\/\.cache\/evenkeel$/);
});

test("libraries are followed at any depth, the C library and programs are not", () => {
  const text = `haproxy
  Depends: libc6
  Depends: libssl3
  Depends: adduser
 |Depends: libx1
  Depends: <virtual>
libssl3
  Depends: libc6
  Depends: libz9
  Depends: zlib1g
libx1
libz9
  Depends: libssl3
zlib1g
adduser
  Depends: libperl5
libperl5
libc6
`;
  assert.deepEqual(librariesOf("haproxy", text), ["haproxy", "libssl3", "libx1", "libz9", "zlib1g"]);
});

describe("a product on the PATH", () => {
  const fake = async (name: string, script: string): Promise<NodeJS.ProcessEnv> => {
    const bin = await mkdtemp(join(folder, "bin-"));
    await writeFile(join(bin, name), script);
    await chmod(join(bin, name), 0o755);
    return { PATH: bin, EVENKEEL_CACHE: join(folder, "empty") };
  };

  test("is preferred and not fetched", async () => {
    const env = await fake("nginx", "#!/bin/sh\necho nginx version: nginx/9.8.7 >&2\n");
    const result = await fetchBalancers(["nginx"], { env, onProgress: assert.fail });
    const nginx = result.get("nginx");
    assert.ok(nginx?.available);
    assert.equal(nginx.version, "9.8.7");
    assert.equal(nginx.origin, "PATH");
    assert.equal(nginx.command, join(env.PATH as string, "nginx"));
  });

  test("that does not run is said so in its own words", async () => {
    const env = await fake("haproxy", "#!/bin/sh\necho libfoo.so: cannot open >&2\nexit 127\n");
    const result = await findProduct("haproxy", env);
    assert.ok(!result.available);
    assert.match(result.reason, /does not run: libfoo\.so: cannot open/);
  });
});

test("a cache folder that cannot be written is named, with what to do", async () => {
  const file = join(folder, "a-file");
  await writeFile(file, "");
  const env = { PATH: process.env.PATH, EVENKEEL_CACHE: join(file, "below") };
  if ((await locate("nginx", env)) !== null || !(await onPath("apt-get"))) return;
  const result = (await fetchBalancers(["nginx"], { env })).get("nginx");
  assert.ok(result && !result.available);
  assert.match(result.reason, /cannot write to the cache folder .*below.* \(ENOTDIR\); set EVENKEEL_CACHE/);
  assert.match(result.advice, /nginx/);
});

test("without apt-get the reason and the advice are there, and nothing is thrown", async () => {
  // Programs are also looked for in /usr/bin: only a machine without apt-get shows this.
  if (await onPath("apt-get")) return;
  const result = (
    await fetchBalancers(["haproxy"], { env: { PATH: "", EVENKEEL_CACHE: join(folder, "none") } })
  ).get("haproxy");
  assert.ok(result && (result.available || result.advice.length > 0));
});

const noApt = (await onPath("apt-get")) ? false : "this machine has no apt-get";

describe("a real fetch", { skip: noApt, timeout: 300_000 }, () => {
  // An installed product would be taken instead, so this looks like a machine without one.
  const environment = (): NodeJS.ProcessEnv => ({
    PATH: "/usr/bin:/bin",
    EVENKEEL_CACHE: join(folder, "cache"),
  });

  test("two at once both succeed, a damaged one is fetched again, and no temporary folder stays", async (context) => {
    const env = environment();
    if ((await locate("haproxy", env)) !== null) return context.skip("haproxy is installed on this machine");
    const steps: string[] = [];
    const [first, second] = await Promise.all([
      fetchBalancers(["haproxy"], { env, onProgress: (step) => steps.push(step) }),
      fetchBalancers(["haproxy"], { env }),
    ]);
    const haproxy = first.get("haproxy");
    assert.ok(haproxy?.available, JSON.stringify(haproxy));
    assert.ok(second.get("haproxy")?.available);
    assert.ok(steps.some((step) => step.startsWith("downloading haproxy")));

    await truncate(haproxy.command, 1_000);
    assert.equal(await locate("haproxy", env), null);
    const again = (await fetchBalancers(["haproxy"], { env })).get("haproxy");
    assert.ok(again?.available);
    assert.match(again.version, /^\d+\.\d+/);
    const left = await readdir(join(env.EVENKEEL_CACHE as string, "balancers"));
    assert.equal(left.length, 1, left.join());
  });

  test("is bounded in time and can be aborted", async (context) => {
    const env = { ...environment(), EVENKEEL_CACHE: join(folder, "late") };
    await mkdir(env.EVENKEEL_CACHE, { recursive: true });
    if ((await locate("nginx", env)) !== null) return context.skip("nginx is installed on this machine");
    const late = (await fetchBalancers(["nginx"], { env, timeoutMs: 1 })).get("nginx");
    assert.ok(late && !late.available);
    assert.match(late.reason, /took longer than 0\.001 s/);
    const controller = new AbortController();
    await assert.rejects(
      fetchBalancers(["nginx"], { env, signal: controller.signal, onProgress: () => controller.abort() }),
      {
        name: "AbortError",
      },
    );
    assert.deepEqual(await readdir(join(env.EVENKEEL_CACHE, "balancers")), []);
  });
});
