/** For tests: the Node binaries of this machine. */
import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface NodeBinary {
  readonly path: string;
  readonly version: string;
}

/** The Node that runs this and those of the machine that the package supports, one of each major version. */
export function supportedNodes(): readonly NodeBinary[] {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/bin", "/usr/bin"];
  const others = folders.map((folder) => join(folder, "node")).filter((path) => existsSync(path));
  const byMajor = new Map<number, NodeBinary>();
  for (const path of new Set([process.execPath, ...others.map((path) => realpathSync(path))])) {
    const found = execFileSync(path, ["--version"], { encoding: "utf8" }).trim().slice(1);
    const [major = 0, minor = 0, patch = 0] = found.split(".").map(Number);
    const supported = major * 1e6 + minor * 1e3 + patch >= 20_018_001;
    if (supported && !byMajor.has(major)) byMajor.set(major, { path, version: found });
  }
  return [...byMajor.values()];
}
