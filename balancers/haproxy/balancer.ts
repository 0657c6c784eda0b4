import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Balancer, BalancerError, type BalancerSpec, type RunningBalancer } from "../balancer.ts";
import { findProduct, type Located, locate } from "../fetch/locate.ts";
import { changeInTurn } from "../membership.ts";
import type { Runtime } from "../runtime.ts";
import { requireDescriptors } from "../shared/descriptors.ts";
import { requireFreePort, waitUntilListening } from "../shared/listening.ts";
import { ownWords } from "../shared/own-words.ts";
import { haproxySupports } from "./algorithms.ts";
import { HAPROXY_RESOLUTION_MS, pollAttempts } from "./attempts.ts";
import { changeServers, commandsBetween } from "./changes.ts";
import { renderOwnHaproxy } from "./own-config.ts";
import { renderHaproxy } from "./render.ts";
import { openRuntimeSocket } from "./runtime-socket.ts";

const MAIN = "haproxy.cfg";
/** A little more than `hard-stop-after`. */
const STOP_MS = 1_500;

/** HAProxy, any version from 2.4. */
export const haproxy: Balancer = {
  name: "haproxy",
  summary: "HAProxy, from the PATH or fetched",
  supports: haproxySupports,
  render: (spec) => [{ path: MAIN, text: configuration(spec).text }],
  available: () => findProduct("haproxy"),
  start,
};

interface Configuration {
  readonly text: string;
  /** Backend of every `PROXY/SERVER`. */
  readonly servers: ReadonlyMap<string, number>;
}

function configuration(spec: BalancerSpec): Configuration {
  if (spec.ownConfig) return renderOwnHaproxy(spec, spec.ownConfig);
  const servers = spec.backends.map((backend) => [`backends/backend-${backend.id}`, backend.id] as const);
  return { text: renderHaproxy(spec), servers: new Map(servers) };
}

async function start(spec: BalancerSpec, runtime: Runtime): Promise<RunningBalancer> {
  const located = await locate("haproxy");
  if (located === null) throw new BalancerError("haproxy is not installed; evenkeel setup fetches it", "");
  requireDescriptors("haproxy", spec.maxConnections);
  const { text, servers } = configuration(spec);
  await mkdir(spec.directory, { recursive: true });
  await writeFile(join(spec.directory, MAIN), text);
  await requireFreePort("haproxy", spec.listen);
  await check(spec, located, runtime);
  const service = { name: "haproxy", command: located.command, args: ["-db", "-f", MAIN] };
  const handle = await runtime.start({ ...service, env: located.env, cwd: spec.directory });
  await waitUntilListening(handle, spec.listen);
  const attempts = spec.attempts ? pollAttempts(openRuntimeSocket(spec.directory), servers) : null;
  let control = spec.membership === undefined ? null : openRuntimeSocket(spec.directory);
  return {
    handle,
    ...spec.listen,
    attemptResolutionMs: attempts === null ? null : HAPROXY_RESOLUTION_MS,
    onAttempts: (listener) => attempts?.onAttempts(listener),
    change: changeInTurn(spec, async (after, before) => {
      if (control === null) throw new Error("this HAProxy was not told that its servers would change");
      await changeServers(control, commandsBetween(before, after));
    }),
    async stop() {
      await attempts?.close();
      control?.close();
      control = null;
      await handle.stop({ signal: "SIGUSR1", graceMs: STOP_MS });
    },
  };
}

async function check(spec: BalancerSpec, located: Located, runtime: Runtime): Promise<void> {
  const options = { cwd: spec.directory, env: located.env, timeoutMs: 10_000 };
  const { code, output } = await runtime.run(located.command, ["-c", "-f", MAIN], options);
  if (code === 0) return;
  const words = ownWords(output) || `haproxy -c ended with ${code}`;
  const own = spec.ownConfig ? ` (rendered from ${spec.ownConfig.path})` : "";
  throw new BalancerError(`haproxy refuses its configuration${own}: ${words}`, output);
}
