import { EXIT, type Io } from "./io.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const SAME_MS = 500;

/** `keeps`: something was measured that is kept. The first signal ends the run in order; the second ends it at once (services are killed on exit all the same). */
export function onInterrupt(io: Io, keeps = true): { readonly signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  let firstMs = 0;
  const listener = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      // One Ctrl-C may come twice: from the terminal, and forwarded by the launcher.
      if (performance.now() - firstMs < SAME_MS) return;
      process.exit(EXIT.interrupted);
    }
    firstMs = performance.now();
    io.stderr.write(
      `\n${signal}: stopping${keeps ? "; what was measured is kept" : ""}. Again to stop at once.\n`,
    );
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    signal: controller.signal,
    close() {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}
