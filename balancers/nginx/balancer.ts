import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Balancer,
  BalancerError,
  type BalancerSpec,
  type RenderedFile,
  type RunningBalancer,
} from "../balancer.ts";
import { findProduct, type Located, locate } from "../fetch/locate.ts";
import { changeInTurn } from "../membership.ts";
import type { Runtime } from "../runtime.ts";
import { requireDescriptors } from "../shared/descriptors.ts";
import { requireFreePort, waitUntilListening } from "../shared/listening.ts";
import { ownWords } from "../shared/own-words.ts";
import { nginxSupports } from "./algorithms.ts";
import { openAttemptsFifo } from "./fifo.ts";
import { renderOwnNginx } from "./own-config.ts";
import { reload } from "./reload.ts";
import { renderNginx } from "./render.ts";

const MAIN = "nginx.conf";
/** Idle NGINX leaves in milliseconds; requests in flight get `worker_shutdown_timeout` and a little more. */
const STOP_MS = 1_500;
/** `$msec` and `$request_time` are each rounded to 1 ms. */
const ATTEMPT_RESOLUTION_MS = 2;

/** Open-source NGINX, any version from 1.15.3. */
export const nginx: Balancer = {
  name: "nginx",
  summary: "open-source NGINX, from the PATH or fetched",
  supports: nginxSupports,
  render,
  available: () => findProduct("nginx"),
  start,
};

function render(spec: BalancerSpec): readonly RenderedFile[] {
  return [{ path: MAIN, text: spec.ownConfig ? renderOwnNginx(spec, spec.ownConfig) : renderNginx(spec) }];
}

async function start(spec: BalancerSpec, runtime: Runtime): Promise<RunningBalancer> {
  const located = await locate("nginx");
  if (located === null) throw new BalancerError("nginx is not installed; evenkeel setup fetches it", "");
  requireDescriptors("nginx", spec.maxConnections);
  await mkdir(join(spec.directory, "temporary"), { recursive: true });
  for (const file of render(spec)) await writeFile(join(spec.directory, file.path), file.text);
  await requireFreePort("nginx", spec.listen);
  const fifo = spec.attempts ? await openAttemptsFifo(spec.directory, spec.backends, runtime) : null;
  try {
    await check(spec, located, runtime);
    const handle = await runtime.start({
      name: "nginx",
      command: located.command,
      args: args(spec),
      env: located.env,
      cwd: spec.directory,
    });
    await waitUntilListening(handle, spec.listen);
    return {
      handle,
      ...spec.listen,
      attemptResolutionMs: fifo === null ? null : ATTEMPT_RESOLUTION_MS,
      onAttempts: (listener) => fifo?.onAttempts(listener),
      change: changeInTurn(spec, async (after) => {
        for (const file of render(after)) await writeFile(join(spec.directory, file.path), file.text);
        await reload(handle, spec.workers);
      }),
      async stop() {
        await handle.stop({ signal: "SIGQUIT", graceMs: STOP_MS });
        fifo?.close();
      },
    };
  } catch (error) {
    fifo?.close();
    throw error;
  }
}

async function check(spec: BalancerSpec, located: Located, runtime: Runtime): Promise<void> {
  const options = { cwd: spec.directory, env: located.env, timeoutMs: 10_000 };
  const { code, output } = await runtime.run(located.command, ["-t", "-q", ...args(spec)], options);
  if (code === 0) return;
  const words = ownWords(output) || `nginx -t ended with ${code}`;
  const own = spec.ownConfig ? ` (rendered from ${spec.ownConfig.path})` : "";
  throw new BalancerError(`nginx refuses its configuration${own}: ${words}`, output);
}

function args(spec: BalancerSpec): readonly string[] {
  // Started by root, workers would run as nobody and could not reach a run folder below root's home.
  const user = process.getuid?.() === 0 ? ["-g", "user root;"] : [];
  return ["-p", `${spec.directory}/`, "-c", MAIN, ...user];
}
