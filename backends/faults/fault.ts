import { z } from "zod";
import type { Plugin } from "#kernel/plugin.ts";
import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { duration, positiveDuration, share } from "#kernel/units.ts";
import type { BackendMode } from "../protocol.ts";

/** One window of a fault at one backend, durations in milliseconds: when, where, what. Other keys belong to the type. */
export interface FaultSpec {
  readonly type: string;
  /** From the end of warm-up. */
  readonly at: Millis;
  readonly for: Millis;
  /** From 1. */
  readonly backend: number;
  /** Position in the scenario's list of the fault that this is a window of; 0 when absent. */
  readonly entry?: number;
}

/** How an answer is broken on the wire. */
export const MALFORMED = ["garbage", "http-0.9", "bad-chunk", "bad-length", "huge-header"] as const;

/** An answer that stops after a share of its body. */
export interface Truncation {
  readonly keep: number;
  readonly ending: "fin" | "rst";
  /** What is missing: bytes that a Content-Length announced, or the end of the chunks. */
  readonly framing: "length" | "chunked";
}

/** What a fault does to one request; a missing field leaves that aspect alone. Effects of several faults are merged. */
export interface Effect {
  /** Multiplies the service time; 0: no service at all. */
  readonly slowdown?: number;
  /** Comes on top of the service time, whatever the speed. */
  readonly addedMs?: Millis;
  /** Answers with this status instead of the view, after the service time. */
  readonly status?: number;
  /** Takes the worker and never answers while the fault lasts. */
  readonly hang?: boolean;
  /** Cuts the connection with RST when the service ends. */
  readonly reset?: boolean;
  /** Closes the connection without a byte when the service ends. */
  readonly empty?: boolean;
  readonly malformed?: (typeof MALFORMED)[number];
  readonly truncation?: Truncation;
  /** The body takes so long, in so many pieces, and holds the worker meanwhile. */
  readonly drip?: { readonly overMs: Millis; readonly pieces: number };
  /** The worker is not back for so long after the answer. */
  readonly awayMs?: Millis;
  /** The connection is closed only when the worker is back. */
  readonly lingers?: boolean;
}

/**
 * What a fault does to a request that comes in, before it is queued: cut with RST at once; swallowed, and cut when the fault ends; served
 * beside the queue; kept out while more than `backlog` + 1 wait.
 */
export type Arrival =
  | { readonly type: "cut" }
  | { readonly type: "swallowed" }
  | { readonly type: "beside" }
  | { readonly type: "knocks"; readonly backlog: number };

/** A request as far as a fault may look at it. */
export interface Visitor {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Came on a connection that had a request before. */
  readonly isOnKept: boolean;
  /** Length of the body that it will get. */
  answerBytes(): number;
}

/** The instant at which a fault meets a request. */
export interface Moment {
  /** Share of the fault's time that is over. */
  readonly progress: number;
  /** Until the fault ends. */
  readonly leftMs: Millis;
  readonly visitor: Visitor;
  /** For what needs more than one draw; from (seed, fault, attempt). */
  readonly rng: Rng;
}

/**
 * Who plays a fault: the harness, to the process; the backend, to its listening socket, to every connection, or to requests.
 * `process`: the harness kills, stops or terminates it.
 */
export type Means = "process" | "listener" | "connection" | "request";

/** A fault as one file in this folder. */
export interface Fault<Spec extends FaultSpec = FaultSpec> extends Plugin<z.ZodObject> {
  readonly means: Means;
  /** Keys besides `at` and `for` that are durations, or distributions of them: texts in a scenario, milliseconds on the control port. */
  readonly durations?: readonly string[];
  /** What the listening socket does meanwhile: there is none, or its queue is full and every SYN is dropped. */
  readonly listener?: "closed" | "full";
  /** What happens to a connection when it is accepted: nothing, RST, or it is held unread until the fault ends. */
  connection?(spec: Spec): "reset" | "held" | null;
  /** Effect on a request that is hit when it arrives, `luck` uniform in [0, 1) given that it is hit; pure. */
  arrival?(spec: Spec, luck: number, moment: Moment): Arrival | null;
  /** Effect on a request that is hit when its service starts; pure. */
  effect?(spec: Spec, luck: number, moment: Moment): Effect | null;
  /** What is different about it in a simulation, for a note; null when nothing is. */
  simulated?(spec: Spec, mode: BackendMode): string | null;
}

/** What one window of a fault of this schema holds. */
export type WindowOf<Schema extends z.ZodType> = Omit<z.output<Schema>, "backend" | "stagger" | "repeat"> &
  FaultSpec;

const backendNumber = z.int().min(1);

/** Keys that every fault has. */
export const faultKeys = {
  at: duration.describe("start, from the end of warm-up"),
  for: positiveDuration.describe("how long it lasts; with repeat, each time"),
  backend: z
    .union([backendNumber, z.array(backendNumber).min(1), z.literal("all")], {
      error: 'expected the number of a backend from 1, a list of numbers such as [1, 3], or "all"',
    })
    .describe("number of the backend from 1, several as a list, or all"),
  stagger: duration.optional().describe("with several backends: each starts so much after the one before"),
  repeat: z
    .strictObject({
      up: positiveDuration.describe("time without the fault between two times with it"),
      times: z.int().min(2).optional().describe("how often in all; to the end of the window unless given"),
      jitter: duration.default(0).describe("every up and down time differs by up to so much, uniformly"),
    })
    .optional()
    .describe("flapping: the fault comes and goes"),
};

const path = z.string().regex(/^\/[^?#\s]*$/, "expected a path such as /basket/ or /basket/*");

/** Keys of faults that hit single requests. */
export const scopeKeys = {
  share: share.default(1).describe("share of the requests that are hit"),
  paths: z.array(path).min(1).optional().describe("only these; * at the end stands for anything"),
  methods: z
    .array(z.string().regex(/^[A-Z]+$/, "expected a method such as GET"))
    .min(1)
    .optional()
    .describe("only these"),
  except: z.array(path).min(1).optional().describe("never these; * at the end stands for anything"),
};

/** The health view (balancers/parity.ts checks it). */
export const HEALTH_PATH = "/healthz/";

interface Scope {
  readonly share?: number;
  readonly paths?: readonly string[];
  readonly methods?: readonly string[];
  readonly except?: readonly string[];
}

const matches = (patterns: readonly string[], path: string): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path,
  );

/** For a uniform `draw`: null when the request is not hit, else a draw that is uniform again. */
export function luckOf(spec: FaultSpec, draw: number, { method, path }: Visitor): number | null {
  const { share: hit = 1, paths, methods, except } = spec as Scope;
  if (draw >= hit) return null;
  if (paths !== undefined && !matches(paths, path)) return null;
  if (methods !== undefined && !methods.includes(method)) return null;
  if (except !== undefined && matches(except, path)) return null;
  return draw / hit;
}

/** One effect of several at once: slowdowns multiply, added times add up, the last status stands, of ways to end without an answer all hold. */
export function mergeEffects(effects: readonly Effect[]): Effect {
  const merged: { -readonly [Key in keyof Effect]: Effect[Key] } = {};
  for (const { slowdown, addedMs, awayMs, ...rest } of effects) {
    Object.assign(merged, Object.fromEntries(Object.entries(rest).filter(([, value]) => value)));
    if (slowdown !== undefined) merged.slowdown = (merged.slowdown ?? 1) * slowdown;
    if (addedMs !== undefined) merged.addedMs = (merged.addedMs ?? 0) + addedMs;
    if (awayMs !== undefined) merged.awayMs = Math.max(merged.awayMs ?? 0, awayMs);
  }
  return merged;
}
