import type { BackendIndex } from "../algorithm.ts";

/** Over IPC: how many attempts went to which backend (by id) since the message before; `atNs` is hrtime. */
export interface AttemptsMessage {
  readonly type: "attempts";
  readonly atNs: bigint;
  /** Of the attempts, `retries` were not their request's first. */
  readonly counts: readonly (readonly [id: number, count: number, retries: number])[];
}

/** Time resolution of attempt reports. */
export const ATTEMPTS_EVERY_MS = 20;

export interface AttemptLog {
  add(backend: BackendIndex, again: boolean): void;
  /** Sends what is left; resolves when it has left this process. */
  close(): Promise<void>;
}

export function createAttemptLog(
  ids: readonly number[],
  send: (message: AttemptsMessage) => Promise<void>,
): AttemptLog {
  const counts = new Int32Array(ids.length);
  const retries = new Int32Array(ids.length);
  let any = false;
  const flush = async (): Promise<void> => {
    if (!any) return;
    const sent = ids.flatMap((id, backend) =>
      (counts[backend] ?? 0) > 0
        ? [[id, counts[backend] as number, retries[backend] as number] as const]
        : [],
    );
    counts.fill(0);
    retries.fill(0);
    any = false;
    await send({ type: "attempts", atNs: process.hrtime.bigint(), counts: sent });
  };
  const timer = setInterval(flush, ATTEMPTS_EVERY_MS).unref();
  return {
    add(backend, again) {
      counts[backend]! += 1;
      if (again) retries[backend]! += 1;
      any = true;
    },
    close() {
      clearInterval(timer);
      return flush();
    },
  };
}
