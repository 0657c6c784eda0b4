/** `prepack`: compiles to dist/, because Node refuses TypeScript under node_modules. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { execa } from "execa";

const root = fileURLToPath(new URL("../../", import.meta.url));
const dist = join(root, "dist");
const require = createRequire(import.meta.url);

rmSync(dist, { recursive: true, force: true });
const binary = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
await execa(process.execPath, [binary, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });

// chartjs-node-canvas asks for `canvas`, which downloads or compiles at install; npm honours our override of it only in our own
// checkout. So the package carries that one small library bundled against @napi-rs/canvas (MIT, licence beside it).
mkdirSync(join(dist, "vendor"), { recursive: true });
await build({
  stdin: { contents: `export { ChartJSNodeCanvas } from "chartjs-node-canvas";`, resolveDir: root },
  outfile: join(dist, "vendor", "chartjs-node-canvas.cjs"),
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["@napi-rs/canvas", "chart.js"],
  plugins: [
    {
      name: "canvas",
      // It asks for the canvas by a name in a variable, which no alias reaches.
      setup: (bundler) =>
        bundler.onLoad({ filter: /freshRequire\.js$/ }, () => ({
          contents: `exports.freshRequire = (name) => require(name === "canvas" ? "@napi-rs/canvas" : name);`,
        })),
    },
  ],
  logLevel: "warning",
});
const library = dirname(require.resolve("chartjs-node-canvas/package.json"));
copyFileSync(join(library, "LICENSE"), join(dist, "vendor", "chartjs-node-canvas.LICENSE"));

writeFileSync(
  join(dist, "package.json"),
  `${JSON.stringify({
    type: "module",
    imports: {
      "#kernel/*.ts": "./harness/kernel/*.js",
      "#canvas": "@napi-rs/canvas",
      "#chartjs-node-canvas": "./vendor/chartjs-node-canvas.cjs",
    },
  })}\n`,
);
