import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { type RunRecord, runSchema } from "../reports/record.ts";
import { shortScenario } from "./test-cli.ts";
import { supportedNodes } from "./test-nodes.ts";
import { version } from "./versions.ts";

const checkout = fileURLToPath(new URL("../", import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), "evenkeel-pack-")));
const app = join(root, "app");
const installed = join(app, "node_modules", "evenkeel");
const runs = join(root, "tmp");
const results = join(app, "results", "latest");

/** What `npm test` tells its scripts about our checkout is not for the npm that works in the empty folder. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_local_prefix)|^INIT_CWD$/.test(name),
  ),
);

/** In the empty folder; npm and what it starts run on the first `node` of `path`. */
async function shell(
  command: string,
  args: readonly string[],
  path: string,
  cwd = app,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return execa(command, args, {
    cwd,
    env: { ...environment, PATH: path, EVENKEEL_TMP: runs, NO_COLOR: "1" },
    extendEnv: false,
    stdin: "ignore",
    timeout: 180_000,
  });
}

describe("the package", { timeout: 600_000 }, () => {
  let files: readonly string[] = [];

  before(
    async () => {
      for (const folder of [app, runs]) mkdirSync(folder);
      writeFileSync(join(app, "short.yaml"), shortScenario());
      const path = process.env.PATH ?? "";
      await shell("npm", ["pack", "--pack-destination", root], path, checkout);
      const tarball = join(root, `evenkeel-${version()}.tgz`);
      files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" })
        .trim()
        .split("\n")
        .map((name) => name.replace(/^package\//, ""));
      await shell("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], path);
    },
    { timeout: 400_000 },
  );
  after(() => rmSync(root, { recursive: true, force: true }));

  it("holds what it needs to run and to be read, and no source, test or result", (t) => {
    const size = statSync(join(root, `evenkeel-${version()}.tgz`)).size;
    t.diagnostic(`${(size / 1000).toFixed(0)} kB in ${files.length} files`);
    for (const name of [
      "LICENSE",
      "harness/evenkeel.js",
      "dist/harness/cli.js",
      "scenarios/library/steady.yaml",
      "backends/real-django/evenkeel_shop/wsgi.py",
      "backends/real-django/evenkeel_shop/templates/evenkeel_shop/page.html",
    ])
      assert.ok(files.includes(name), name);
    const needed =
      /^dist\/.+\.(js|cjs|LICENSE)$|^(dist\/)?package\.json$|^harness\/evenkeel\.js$|^docs\/|^scenarios\/library\/[a-z0-9-]+\.(yaml|cfg)$|^backends\/real-django\/evenkeel_shop\/.+\.(py|html)$|^(scenarios\/(scenario|service-profile)|reports\/result)\.schema\.json$|^[A-Z]+(\.md)?$/;
    const ours = /\.test\.|\/test-|testkit|testbed|testing|testdata|\/(bench|dev)\/|^results\//;
    assert.deepEqual(
      files.filter((name) => !needed.test(name) || ours.test(name)),
      [],
    );
  });

  it("holds every module that is started as a process or thread", () => {
    const modules = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js"))
      .map((name) => join(installed, "dist", name));
    const started = modules.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/(?<!`)entry\(import\.meta\.url, "(.+?)"\)/g)].map((match) =>
        join(dirname(file), `${match[1]}.js`),
      ),
    );
    assert.ok(started.length >= 4, started.join());
    assert.deepEqual(
      started.filter((file) => !existsSync(file)),
      [],
    );
  });

  it("installs without a compiler and without a download from anywhere but the registry", () => {
    const lock = JSON.parse(readFileSync(join(app, "node_modules", ".package-lock.json"), "utf8")) as {
      readonly packages: Readonly<
        Record<string, { readonly resolved?: string; readonly hasInstallScript?: boolean }>
      >;
    };
    const packages = Object.entries(lock.packages);
    assert.ok(packages.length > 10);
    assert.deepEqual(
      packages.filter(
        ([name, { hasInstallScript }]) =>
          hasInstallScript || (/\/canvas$/.test(name) && !name.includes("@napi-rs")),
      ),
      [],
    );
    const registries = packages
      .filter(([name]) => name !== "node_modules/evenkeel")
      .map(([, { resolved }]) => new URL(resolved ?? "missing:").host);
    assert.equal(new Set(registries).size, 1, [...new Set(registries)].join());
  });

  for (const node of supportedNodes()) {
    describe(`on Node ${node.version}`, () => {
      const bin = join(root, `bin-${node.version}`);
      const evenkeel = async (...args: readonly string[]): Promise<string> => {
        const done = await shell(
          "npx",
          ["--no", "--", "evenkeel", ...args],
          [bin, process.env.PATH].join(delimiter),
        );
        assert.doesNotMatch(done.stderr, /Warning:|\.ts\b/);
        return done.stdout;
      };
      const record = (): RunRecord =>
        runSchema.parse(JSON.parse(readFileSync(join(results, "result.json"), "utf8")));
      const pictures = (): readonly string[] => readdirSync(join(results, "charts"));

      before(() => {
        mkdirSync(bin);
        symlinkSync(node.path, join(bin, "node"));
      });

      it("says its version", async () => assert.equal(await evenkeel("--version"), version()));

      it("knows the library, from any folder and by name", async () => {
        assert.match(await evenkeel("list", "scenarios"), /first-look.*slow-backend/s);
        assert.match(await evenkeel("validate", "first-look"), /good/);
        assert.match(await evenkeel("validate", join(installed, "scenarios/library/steady.yaml")), /good/);
      });

      it("compares NGINX and the builtin proxy, writes every report, and leaves nothing behind", async () => {
        await evenkeel("run", "short.yaml");
        const { run, trials } = record();
        assert.equal(run.versions.node, node.version);
        assert.deepEqual(
          trials.map(({ balancer, counts }) => [balancer, counts.ok]),
          [
            ["nginx", 200],
            ["builtin", 200],
          ],
        );
        assertReports();
        assert.deepEqual(
          readdirSync(runs).flatMap((name) => readdirSync(join(runs, name))),
          [],
        );
      });

      it("simulates a sweep on threads", async () => {
        const rates = "traffic.arrivals.rate=50,100";
        const out = join(app, `swept-${node.version}`);
        await evenkeel("simulate", "short.yaml", "--sweep", rates, "--out", out);
        const swept = runSchema.parse(JSON.parse(readFileSync(join(out, "result.json"), "utf8")));
        assert.deepEqual(
          swept.trials.map(({ counts }) => counts.ok),
          [50, 100],
        );
      });

      it("writes every report again from the record", async () => {
        const before = pictures();
        for (const name of ["charts", "report.html"]) rmSync(join(results, name), { recursive: true });
        assert.match(await evenkeel("report", "results/latest"), /nginx\/round-robin/);
        assertReports();
        assert.deepEqual(pictures(), before);
      });

      function assertReports(): void {
        const page = readFileSync(join(results, "report.html"), "utf8");
        assert.match(page, /nginx\/round-robin/);
        assert.ok(page.length > 200_000, "Chart.js is in the page");
        assert.ok(pictures().length > 0);
        for (const name of pictures()) {
          const picture = readFileSync(join(results, "charts", name));
          assert.equal(picture.toString("latin1", 1, 4), "PNG");
          assert.ok(picture.length > 5000, `${name} has ${picture.length} bytes`);
        }
      }
    });
  }
});
