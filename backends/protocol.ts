/**
 * What the load generator, the balancers and the backends say to each other on the wire.
 * Requests of the measured window carry K and DEMAND_US; warm-up requests carry DEMAND_US alone; probes carry neither.
 */
import type { DjangoVersion } from "./django/profile.ts";
import type { FaultSpec } from "./faults/fault.ts";
import type { StationSpec } from "./station/spec.ts";

/** Request: number of the request in the measured window, decimal. */
export const HEADER_K = "x-evenkeel-k";
/** Request: service demand in whole microseconds at speed 1, decimal. */
export const HEADER_DEMAND_US = "x-evenkeel-demand-us";
/** Request: what of the demand is not plain CPU, `io=1200;gilfree=300` in whole microseconds; absent when nothing is. */
export const HEADER_DEMAND_PARTS = "x-evenkeel-demand-parts";
/** Demand of a request that brings none: curl, health checks. */
export const UNTIMED_DEMAND_MS = 1;
/** Response: id of the backend that answered, from 1. */
export const HEADER_BACKEND = "x-evenkeel-backend";
/** Response: `queue=153;service=20133;lag=80`, whole microseconds: waited for a worker, was served, left late. */
export const HEADER_TIMES = "x-evenkeel-times";
/** A GET of it is answered at once, whatever waits: `{"inFlight":3,"latencyMs":21.5}`. It is no request and counts nowhere. */
export const PROBE_PATH = "/evenkeel-probe";
/** Control port: the token of the run, on every call. */
export const HEADER_TOKEN = "x-evenkeel-token";

export type BackendMode = "sync" | "gthread" | "async";

/** Everything one backend process needs to know at start; argv carries it as one JSON argument. */
export interface BackendSpec {
  readonly id: number;
  readonly host: string;
  /** 0 lets the kernel choose; the chosen port is in the Ready message. */
  readonly port: number;
  readonly mode: BackendMode;
  readonly workers: number;
  readonly threads: number;
  /** Demand is divided by this. */
  readonly speed: number;
  /** What it is limited by; without it every departure is known on arrival. */
  readonly station?: StationSpec;
  /** How long an idle connection is kept; default gunicorn's. */
  readonly keepAliveMs?: number;
  /** Time of requests in service after SIGTERM; default gunicorn's. */
  readonly gracefulTimeoutMs?: number;
  /** Whose headers and pages it sends. */
  readonly django: DjangoVersion;
  /** Whether the other backends know the sessions that it begins. */
  readonly sessionBackend: "shared" | "local";
  /** Django's ALLOWED_HOSTS: names, `.suffix`, or `*`. */
  readonly allowedHosts: readonly string[];
  /** Seed of what is accidental to this backend (which requests a fault with a share hits). */
  readonly seed: number;
  /** Secret of the control port; never sent on the traffic port. Read from the environment, not from argv. */
  readonly token: string;
  /** False: load everything, open the control port, but do not listen for traffic until `listenAt` is called. */
  readonly listen: boolean;
}

/** First message of a backend over its IPC channel. */
export interface BackendReady {
  readonly type: "ready";
  readonly pid: number;
  readonly port: number;
  readonly controlPort: number;
}

/** Instead of Ready: why it cannot start, in one line. The process then exits with code 1. */
export interface BackendFailed {
  readonly type: "failed";
  readonly message: string;
}

/**
 * Control API, JSON over HTTP on 127.0.0.1:controlPort with HEADER_TOKEN; 401 without it, 400 on a bad body.
 *   POST /reset    ResetOrder: forget queue, sessions, faults; new timetable  -> 204
 *   POST /listen   ListenOrder: open the traffic port at that instant          -> 204 when listening, 409 when it cannot
 *   GET  /stats    BackendStats
 */
export interface ResetOrder {
  /** Zero of the timetable: `process.hrtime.bigint()` as decimal text (one clock for all processes of a machine). */
  readonly zeroNs: string;
  /** Of the trial: which requests a fault hits; the backend's own when absent. */
  readonly seed?: number;
  /**
   * Faults of this backend. The harness kills and stops the process for crash and pause; a pause belongs here too, because the work
   * in progress is extended by it (a crash may be given and changes nothing).
   */
  readonly faults: readonly FaultSpec[];
}
export interface ListenOrder {
  readonly atNs: string;
}
/** Counted since the last reset. */
export interface BackendStats {
  readonly attempts: number;
  readonly completed: number;
  readonly abandoned: number;
  readonly inFlight: number;
  /** 99th percentile of actual minus planned departure since the last reset. */
  readonly lagP99Us: number;
}

/**
 * Ledger: every backend writes one fixed-width entry to file descriptor LEDGER_FD per event, with a blocking write before it goes on,
 * so that a SIGKILL loses nothing that happened; no entry of an earlier trial is written after the answer to a reset. Layout, little endian: u8 event, 3 bytes zero, u32 k (NO_K outside the window),
 * f64 instant in hrtime ns.
 */
export const LEDGER_FD = 3;
export const LEDGER_ENTRY_BYTES = 16;
export const NO_K = 0xffff_ffff;
export const LEDGER = {
  /** A request's head was parsed. */
  attempt: 1,
  /** Its response is handed to the kernel; written just before, so that no response that somebody saw is missing. */
  completed: 2,
  /** Its peer went away first; a sync backend finishes the work all the same, as Django would. */
  abandoned: 3,
  /** A fault ended it without a full response (reset, hang). */
  faulted: 4,
  /** It placed an order, whether anybody hears of it or not; beside its other entries. */
  ordered: 5,
} as const;
