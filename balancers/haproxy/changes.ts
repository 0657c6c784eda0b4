import { BalancerError, type BalancerSpec } from "../balancer.ts";
import { isAbsent } from "../membership.ts";
import { serverWeights } from "./render.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";

/**
 * Commands of the runtime API that lead from one specification to the next. All servers are declared from the start, those that
 * are no backends in maintenance: out of every algorithm, sessions included, while what they have in flight goes on. Weights are whole
 * numbers up to 256 of one scale, so one that changes may change how all are written.
 */
export function commandsBetween(before: BalancerSpec, after: BalancerSpec): readonly string[] {
  const [was, is] = [serverWeights(before), serverWeights(after)];
  return after.backends.flatMap((backend, i) => {
    const server = `set server backends/backend-${backend.id}`;
    const there = !isAbsent(after, backend);
    return [
      ...(was[i] === is[i] ? [] : [`${server} weight ${is[i]}`]),
      ...(there === !isAbsent(before, backend) ? [] : [`${server} state ${there ? "ready" : "maint"}`]),
    ];
  });
}

/** Several commands are one line: HAProxy runs them one right after the other. Rejects when it answers anything: that is a refusal. */
export async function changeServers(socket: RuntimeSocket, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  const words = (await socket.command(commands.join("; "))).trim();
  if (words !== "")
    throw new BalancerError(`haproxy refuses ${commands.join("; ")}: ${words.split("\n")[0]}`, words);
}
