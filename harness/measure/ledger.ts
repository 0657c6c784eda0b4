import { LEDGER, LEDGER_ENTRY_BYTES, NO_K } from "../../backends/protocol.ts";
import { createBitSet } from "./bit-set.ts";

/** How many of each event a backend wrote. */
export interface LedgerCounts {
  readonly attempts: number;
  readonly completed: number;
  readonly abandoned: number;
  readonly faulted: number;
  readonly ordered: number;
}

/** What one backend counted, over all processes that it was. Two bits per request of the window. */
export interface Ledger {
  /** Listener for `data` of one pipe; entries may be cut anywhere. Every process needs one of its own. */
  source(): (chunk: Buffer) => void;
  /** The same for a backend that is one process all its life. */
  readonly add: (chunk: Buffer) => void;
  /** Events of requests with a k. */
  readonly window: LedgerCounts;
  /** Events of all requests: window, warm-up and probes. */
  readonly all: LedgerCounts;
  wasAttempted(k: number): boolean;
  wasCompleted(k: number): boolean;
  /** Distinct k that were completed at least once. */
  readonly distinctCompleted: number;
  reset(): void;
}

type Counters = { -readonly [name in keyof LedgerCounts]: LedgerCounts[name] };

const NAME_OF: Readonly<Record<number, keyof LedgerCounts>> = {
  [LEDGER.attempt]: "attempts",
  [LEDGER.completed]: "completed",
  [LEDGER.abandoned]: "abandoned",
  [LEDGER.faulted]: "faulted",
  [LEDGER.ordered]: "ordered",
};

/** Listener for `data` of one pipe, whose entries may be cut anywhere: calls `take` for each whole one. */
export function createLedgerReader(
  take: (event: number, k: number, atNs: number) => void,
): (chunk: Buffer) => void {
  let rest: Buffer | null = null;
  return (chunk) => {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % LEDGER_ENTRY_BYTES);
    for (let at = 0; at < whole; at += LEDGER_ENTRY_BYTES)
      take(bytes.readUInt8(at), bytes.readUInt32LE(at + 4), bytes.readDoubleLE(at + 8));
    rest = whole === bytes.length ? null : bytes.subarray(whole);
  };
}

/** Collects what a backend writes to its ledger. Throws on an entry that no backend writes. */
export function createLedger(): Ledger {
  const window = zero();
  const all = zero();
  let attempted = createBitSet();
  let completed = createBitSet();
  const take = (event: number, k: number): void => {
    const name = NAME_OF[event];
    if (name === undefined) throw new Error(`ledger: unknown event ${event}`);
    all[name] += 1;
    if (k === NO_K) return;
    window[name] += 1;
    if (name === "attempts") attempted.add(k);
    if (name === "completed") completed.add(k);
  };
  return {
    source: () => createLedgerReader(take),
    add: createLedgerReader(take),
    window,
    all,
    wasAttempted: (k) => attempted.has(k),
    wasCompleted: (k) => completed.has(k),
    get distinctCompleted() {
      return completed.size;
    },
    reset() {
      Object.assign(window, zero());
      Object.assign(all, zero());
      attempted = createBitSet();
      completed = createBitSet();
    },
  };
}

function zero(): Counters {
  return { attempts: 0, completed: 0, abandoned: 0, faulted: 0, ordered: 0 };
}
