import type { Buffer } from "node:buffer";
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { createRng } from "#kernel/rng.ts";
import { createAgenda, nowMs } from "./agenda.ts";
import { type Body, readBody } from "./body.ts";
import type { Controlled } from "./control.ts";
import { createDjango, type Turn } from "./django/app.ts";
import { BACKLOG, GRACEFUL_TIMEOUT_S, KEEP_ALIVE_S, keepsAlive, writeAnswer } from "./django/gunicorn.ts";
import type { WriteLedger } from "./ledger.ts";
import {
  type BackendSpec,
  HEADER_BACKEND,
  HEADER_DEMAND_US,
  HEADER_K,
  HEADER_TIMES,
  NO_K,
  type ResetOrder,
} from "./protocol.ts";
import { type Assignment, createService, type Service } from "./service.ts";
import { createTimetable, type Timetable } from "./timetable.ts";

/** Demand of a request that brings none: curl, probes, health checks. */
export const DEFAULT_DEMAND_MS = 1;

/** One backend in this process. */
export interface Backend extends Controlled {
  /** Opens the traffic port now; resolves to its number, rejects with an Error of one line. */
  listen(): Promise<number>;
  /** As gunicorn on SIGTERM: what is in service is answered, what waits is cut; resolves when that is done or the grace is over. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** What one trial leaves behind; a reset begins a new one. */
interface Trial {
  readonly service: Service;
  readonly timetable: Timetable;
  readonly exchanges: Set<Exchange>;
  /** Attempts that met a fault, by k, so that each draws anew. */
  readonly tries: Map<number, number>;
  readonly lagUs: RecordableHistogram;
  attempts: number;
  completed: number;
  abandoned: number;
}

/** One request from its head to its end. */
interface Exchange {
  readonly trial: Trial;
  readonly turn: Turn;
  readonly body: Body;
  readonly k: number;
  readonly arrivalMs: number;
  readonly assignment: Assignment;
  /** It has its last ledger entry. */
  settled: boolean;
}

/** A backend that does not listen yet. */
export async function createBackend(spec: BackendSpec, ledger: WriteLedger): Promise<Backend> {
  const rng = createRng(spec.seed).fork("backend").fork(spec.id);
  const accepts = rng.fork("accept");
  const faultDraws = rng.fork("faults");
  const agenda = createAgenda();
  const fifos = new WeakMap<Socket, number>();
  let stopping = false;
  let trial = newTrial(spec, { zeroNs: "0", faults: [] });

  const arrive = (turn: Turn): void => {
    agenda.runDue();
    const { headers, socket } = turn.request;
    const k = whole(headers[HEADER_K]) ?? NO_K;
    ledger("attempt", k);
    trial.attempts++;
    const demandUs = whole(headers[HEADER_DEMAND_US]);
    const demandMs = demandUs === null ? DEFAULT_DEMAND_MS : demandUs / 1_000;
    const arrivalMs = nowMs();
    const draws = () => faultDraws.fork(k).fork(nextTry(trial, k));
    const current = trial;
    const assignment = current.service.arrive(arrivalMs, demandMs, fifos.get(socket) ?? 0, (startMs) =>
      current.timetable.play(startMs, draws),
    );
    const exchange: Exchange = {
      trial,
      turn,
      body: readBody(turn.request),
      k,
      arrivalMs,
      assignment,
      settled: false,
    };
    trial.exchanges.add(exchange);
    turn.response.once("close", () => abandon(exchange));
    const depart = (): void => leave(exchange);
    if (assignment.departureMs <= arrivalMs) depart();
    else agenda.add(assignment.departureMs, depart);
  };
  const abandon = (exchange: Exchange): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    exchange.settled = true;
    ledger("abandoned", exchange.k);
    exchange.trial.abandoned++;
  };
  const leave = (exchange: Exchange): void => {
    if (exchange.trial !== trial) return;
    const lagUs = toUs(nowMs() - exchange.assignment.departureMs);
    trial.exchanges.delete(exchange);
    trial.lagUs.record(Math.max(1, lagUs));
    if (exchange.settled) return;
    const { hang, reset } = exchange.assignment.played;
    if (hang || reset) {
      exchange.settled = true;
      ledger("faulted", exchange.k);
      const { socket } = exchange.turn.request;
      if (hang) socket.destroy();
      else socket.resetAndDestroy();
      return;
    }
    exchange.body.whenRead((body) => answer(exchange, body, lagUs));
  };
  const answer = (exchange: Exchange, body: Buffer, lagUs: number): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    exchange.settled = true;
    const { request, response } = exchange.turn;
    const page = exchange.turn.answer(body, exchange.assignment.played.status);
    ledger("completed", exchange.k);
    exchange.trial.completed++;
    writeAnswer(request, response, !stopping && keepsAlive(request, spec.mode), page, [
      [HEADER_BACKEND, String(spec.id)],
      [HEADER_TIMES, timesOf(exchange, lagUs)],
    ]);
  };
  const server = await createDjango({
    allowedHosts: spec.allowedHosts,
    serverName: () => nameOf(server, spec),
    play: arrive,
  });
  server.keepAliveTimeout = KEEP_ALIVE_S * 1_000;
  // Node 24 keeps connections a second longer than it was told, unless told not to.
  (server as Server & { keepAliveTimeoutBuffer?: number }).keepAliveTimeoutBuffer = 0;
  server.on("connection", (socket) => fifos.set(socket, trial.service.accept(accepts.next())));

  const listen = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => reject(listenError(error, spec));
      server.once("error", fail);
      server.listen({ host: spec.host, port: spec.port, backlog: BACKLOG }, () => {
        server.off("error", fail);
        resolve((server.address() as AddressInfo).port);
      });
    });
  return {
    id: spec.id,
    listen,
    listenAt: (atNs) =>
      new Promise((resolve, reject) => {
        agenda.add(Number(atNs) / 1e6, () => {
          listen().then(() => resolve(), reject);
        });
      }),
    reset(order) {
      trial = newTrial(spec, order);
      server.closeAllConnections();
    },
    stats: () => ({
      attempts: trial.attempts,
      completed: trial.completed,
      abandoned: trial.abandoned,
      inFlight: trial.exchanges.size,
      lagP99Us: trial.lagUs.count === 0 ? 0 : trial.lagUs.percentile(99),
    }),
    async stop() {
      stopping = true;
      server.close();
      const now = nowMs();
      for (const { assignment, turn } of trial.exchanges) {
        // A sync worker takes a request when it starts it; what waits is still the kernel's, and goes with the listener.
        if (spec.mode === "sync" && assignment.startMs > now) turn.request.socket.resetAndDestroy();
      }
      await new Promise<void>((resolve) => {
        server.once("close", resolve);
        setTimeout(resolve, GRACEFUL_TIMEOUT_S * 1_000).unref();
        if (!server.listening && trial.exchanges.size === 0) resolve();
      });
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await agenda.close();
    },
  };
}

function newTrial(spec: BackendSpec, order: ResetOrder): Trial {
  const timetable = createTimetable(order.faults, Number(BigInt(order.zeroNs)) / 1e6);
  return {
    service: createService(spec, timetable.standstills),
    timetable,
    exchanges: new Set(),
    tries: new Map(),
    lagUs: createHistogram(),
    attempts: 0,
    completed: 0,
    abandoned: 0,
  };
}

/** Which attempt at request `k` this is among those that met a fault here. */
function nextTry(trial: Trial, k: number): number {
  const tries = trial.tries.get(k) ?? 0;
  trial.tries.set(k, tries + 1);
  return tries;
}

/** `queue=153;service=20133;lag=80`, whole microseconds. */
function timesOf({ arrivalMs, assignment }: Exchange, lagUs: number): string {
  const { startMs, departureMs } = assignment;
  return `queue=${toUs(startMs - arrivalMs)};service=${toUs(departureMs - startMs)};lag=${lagUs}`;
}

function toUs(ms: number): number {
  return Math.round(ms * 1_000);
}

function whole(header: string | string[] | undefined): number | null {
  return typeof header === "string" && /^[0-9]{1,10}$/.test(header) ? Number(header) : null;
}

function nameOf(server: Server, spec: BackendSpec): string {
  const address = server.address();
  return `${spec.host}:${typeof address === "object" && address !== null ? address.port : spec.port}`;
}

function listenError(error: NodeJS.ErrnoException, spec: BackendSpec): Error {
  if (error.code !== "EADDRINUSE") return error;
  return new Error(
    `backend ${spec.id}: port ${spec.port} on ${spec.host} is in use; stop what listens there or choose another`,
  );
}
