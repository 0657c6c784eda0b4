#!/usr/bin/env node
// Starts the command line: from the TypeScript sources in a checkout (on the Node 24 that npm installed, whatever
// `node` is), from dist/ in the published package.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = new URL("./cli.ts", import.meta.url);
const [major = 0] = process.versions.node.split(".").map(Number);

if (!existsSync(source)) {
  await import(new URL("../dist/harness/cli.js", import.meta.url).href);
} else if (major >= 24) {
  await import(source.href);
} else {
  const node = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
  if (!existsSync(node)) {
    console.error(
      `evenkeel: a checkout runs on Node 24, this is ${process.version}: run "npm ci" first, which installs it.`,
    );
    process.exit(3);
  }
  const child = spawn(node, [fileURLToPath(source), ...process.argv.slice(2)], { stdio: "inherit" });
  // The child ends a run in order; this process only waits for it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}
