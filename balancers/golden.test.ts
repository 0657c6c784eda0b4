import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { execa } from "execa";
import { algorithms } from "./algorithms/registry.ts";
import type { Balancer, BalancerSpec } from "./balancer.ts";
import { fetchBalancers } from "./fetch/fetch.ts";
import { type Located, locate } from "./fetch/locate.ts";
import { haproxy } from "./haproxy/balancer.ts";
import { nginx } from "./nginx/balancer.ts";
import { TEST_SPEC } from "./shared/testkit.ts";

const found = await fetchBalancers(["nginx", "haproxy"]);

const SPEC: BalancerSpec = {
  ...TEST_SPEC,
  backends: [2, 1, 0.5].map((weight, index) => ({
    id: index + 1,
    host: "127.0.0.1",
    port: 8_001 + index,
    weight,
  })),
};

/** One golden file a variant: every algorithm in both tunings, and what changes the file otherwise. */
function variants(balancer: Balancer): ReadonlyMap<string, BalancerSpec> {
  const supported = algorithms.map(({ name }) => name).filter((name) => balancer.supports(name).supported);
  const tuned = supported.flatMap((algorithm) =>
    (["parity", "native"] as const).map(
      (tuning) => [`${algorithm}.${tuning}`, { ...SPEC, algorithm, tuning }] as const,
    ),
  );
  return new Map<string, BalancerSpec>([
    ...tuned,
    ...["path", "header:X-User", "cookie:session"].flatMap((hashKey) =>
      ["hash-modulo", "consistent-hash"].map(
        (algorithm) =>
          [`${algorithm}.by-${hashKey.replace(":", "-")}`, { ...SPEC, algorithm, hashKey }] as const,
      ),
    ),
    ["attempts", { ...SPEC, attempts: true }],
    ["four-workers", { ...SPEC, workers: 4, zone: true }],
  ]);
}

for (const balancer of [nginx, haproxy]) {
  const name = balancer.name as "nginx" | "haproxy";
  const golden = new URL(`${name}/testdata/`, import.meta.url);
  const extension = name === "nginx" ? "conf" : "cfg";

  describe(`configurations of ${name}`, () => {
    let folder = "";
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "evenkeel-golden-"));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    for (const [variant, spec] of variants(balancer)) {
      test(`${variant} is the golden one`, async () => {
        const [main] = balancer.render(spec);
        const file = new URL(`${variant}.${extension}`, golden);
        if (process.env.UPDATE_GOLDEN === "1") {
          await mkdir(golden, { recursive: true });
          await writeFile(file, main!.text);
        }
        assert.equal(main!.text, await readFile(file, "utf8"));
      });
    }

    test("there is no golden file without a variant", async () => {
      const files = (await readdir(golden)).filter((file) => file.endsWith(extension));
      assert.deepEqual(
        files.sort(),
        [...variants(balancer).keys()].map((variant) => `${variant}.${extension}`).sort(),
      );
    });

    const availability = found.get(name);
    const skip = availability?.available ? false : `${name}: ${availability?.reason}`;
    test(`${name} itself accepts each of them`, { skip }, async () => {
      const located = await locate(name);
      assert.ok(located);
      for (const [variant, spec] of variants(balancer)) {
        const directory = join(folder, variant);
        await mkdir(join(directory, "temporary"), { recursive: true });
        const main = balancer.render(spec)[0];
        assert.ok(main);
        await writeFile(join(directory, main.path), main.text);
        // A file stands for the FIFO: the check opens the logs too, and nobody reads them.
        if (name === "nginx") await writeFile(join(directory, "attempts.fifo"), "");
        const args =
          name === "nginx" ? ["-t", "-p", `${directory}/`, "-c", main.path] : ["-c", "-f", main.path];
        const { code, output } = await check(located, args, directory);
        assert.equal(code, 0, `${variant}: ${output}`);
        assert.doesNotMatch(
          output.replace(/\[warn\] the "user" directive.*/g, ""),
          /\[warn\]|\[WARNING\]/i,
          variant,
        );
      }
    });
  });
}

test("what a balancer cannot do has a reason", () => {
  for (const balancer of [nginx, haproxy]) {
    for (const name of ["peak-ewma", "of-my-own"]) {
      const support = balancer.supports(name);
      assert.ok(!support.supported && support.reason.length > 10, `${balancer.name} ${name}`);
    }
  }
});

async function check(
  { command, env }: Located,
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  const result = await execa(command, args, { cwd, env, all: true, reject: false });
  return { code: result.exitCode, output: result.all };
}
