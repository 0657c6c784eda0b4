/** Where the live engine starts things. Contract of `harness/live/runtimes/*`; balancers see no more than this. */
export interface Service {
  /** Short name for messages and log files: `nginx`, `backend-2`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to a minimal environment; never secrets on the command line. */
  readonly env?: Readonly<Record<string, string>>;
  /** Must lie inside the run's work folder: leftovers of a killed run are found by it. */
  readonly cwd: string;
  /** Opens an IPC channel ("advanced" serialisation): for our own Node processes. */
  readonly ipc?: boolean;
  /** Opens file descriptor 3 of the child as a pipe that the harness reads (`Handle.ledger`). */
  readonly ledger?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One started service and the processes below it (NGINX's workers). */
export interface Handle {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly running: boolean;
  /** Readable end of the child's descriptor 3. */
  readonly ledger: import("node:stream").Readable | null;
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Sends `signal` (SIGTERM unless told otherwise), waits, SIGKILL after `graceMs` (2,000 unless told otherwise). Safe to call twice. */
  stop(options?: { readonly signal?: NodeJS.Signals; readonly graceMs?: number }): Promise<Exit>;
  /** To this process alone, not to those below it: NGINX's master reloads on SIGHUP. */
  signal(name: NodeJS.Signals): void;
  kill(): void;
  pause(): void;
  resume(): void;
  /** Last lines of standard output and standard error, at most 64 KiB. */
  logs(): string;
  /** CPU time of this process and its descendants in nanoseconds, from the scheduler's `schedstat`. */
  cpuNs(): number;
  rssBytes(): number;
}

export interface Runtime {
  readonly name: string;
  start(service: Service): Promise<Handle>;
  /** Runs a short command to its end (`nginx -t`); never through a shell. */
  run(
    command: string,
    args: readonly string[],
    options: {
      readonly cwd: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
    },
  ): Promise<{ readonly code: number | null; readonly output: string }>;
  /** A free TCP port on `host` that was unused an instant ago. */
  freePort(host: string): Promise<number>;
}
