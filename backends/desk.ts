import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { createRng } from "#kernel/rng.ts";
import { type Agenda, nowMs } from "./agenda.ts";
import { readBody } from "./body.ts";
import type { Turn } from "./django/app.ts";
import { keepsAlive, writeAnswer } from "./django/gunicorn.ts";
import type { Site } from "./django/http.ts";
import { newSessionKey, SHARED_KEY } from "./django/session.ts";
import { wireOf } from "./django/wire.ts";
import type { WriteLedger } from "./ledger.ts";
import {
  type BackendSpec,
  type BackendStats,
  HEADER_BACKEND,
  HEADER_DEMAND_US,
  HEADER_K,
  HEADER_TIMES,
  NO_K,
  type ResetOrder,
  UNTIMED_DEMAND_MS,
} from "./protocol.ts";
import { isCut } from "./service.ts";
import { type Exchange, newTrial, nextTry, statsOf, timesOf, toUs } from "./trial.ts";

/** Where requests become departures: takes each at its head, and answers it at the instant that the service model says. */
export interface Desk {
  arrive(turn: Turn): void;
  /** Forgets the trial before; nothing is written to the ledger about it any more. */
  reset(order: ResetOrder): void;
  /** From now on no connection is kept, and requests that wait for a sync worker are cut: they are still the kernel's, and go with the listener. */
  drain(): void;
  stats(): BackendStats;
  /** What answers at the moment: with sessions of its own it forgets them at a reset. */
  site(): Site;
  /** Requests that it has, and what its latest answers took. */
  probed(): { readonly inFlight: number; readonly latencyMs: number };
}

export function createDesk(spec: BackendSpec, agenda: Agenda, ledger: WriteLedger): Desk {
  const rng = createRng(spec.seed).fork("backend").fork(spec.id);
  const accepts = rng.fork("accept");
  const uncounted = rng.fork("accept uncounted");
  const faultDraws = rng.fork("faults");
  const fifos = new WeakMap<Socket, { readonly fifo: number; readonly counted: boolean }>();
  let draining = false;
  const isLocal = spec.sessionBackend === "local";
  const newSite = (): Site => ({
    wire: wireOf(spec.django),
    allowedHosts: spec.allowedHosts,
    sessionKey: isLocal ? newSessionKey() : SHARED_KEY,
    sessionsAreLocal: isLocal,
  });
  let site = newSite();
  let trial = newTrial(spec, { zeroNs: "0", faults: [] });

  /**
   * A connection keeps its worker. Which one is a function of the first request of the window on it alone, so that neither the connections of
   * health checks and probes nor those of the warm-up shift the draws of requests that count.
   */
  const fifoOf = (socket: Socket, k: number): number => {
    const known = fifos.get(socket);
    const counted = k !== NO_K;
    if (known !== undefined && (known.counted || !counted)) return known.fifo;
    const fifo = trial.service.accept(counted ? accepts.fork(k).next() : uncounted.next());
    fifos.set(socket, { fifo, counted });
    return fifo;
  };
  const abandon = (exchange: Exchange): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    exchange.settled = true;
    ledger("abandoned", exchange.k);
    trial.abandoned++;
  };
  const answer = (exchange: Exchange, body: Buffer, lagUs: number): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    exchange.settled = true;
    const { request, response } = exchange.turn;
    const page = exchange.turn.answer(body, exchange.assignment.played.status);
    if (page.isOrder) ledger("ordered", exchange.k);
    ledger("completed", exchange.k);
    trial.completed++;
    trial.recent.add(nowMs() - exchange.arrivalMs, exchange.found, nowMs());
    writeAnswer(request, response, !draining && keepsAlive(request, spec.mode), page, [
      [HEADER_BACKEND, String(spec.id)],
      [HEADER_TIMES, timesOf(exchange, lagUs)],
    ]);
  };
  /** Its client went away; Django runs the view all the same, which matters where that changes something. */
  const finishAlone = ({ turn, body, assignment, k }: Exchange): void => {
    if (turn.request.method !== "POST" || isCut(assignment.played)) return;
    body.whenRead((bytes) => {
      if (turn.answer(bytes, assignment.played.status).isOrder) ledger("ordered", k);
    });
  };
  const cut = (exchange: Exchange, socket: Socket): void => {
    exchange.settled = true;
    ledger("faulted", exchange.k);
    if (exchange.assignment.played.reset) socket.resetAndDestroy();
    else socket.destroy();
  };
  const depart = (exchange: Exchange): void => {
    if (exchange.trial !== trial) return;
    const { assignment, turn, body } = exchange;
    const lagUs = toUs(nowMs() - assignment.departureMs);
    trial.exchanges.delete(exchange);
    trial.lagUs.record(Math.max(1, lagUs));
    if (exchange.settled) finishAlone(exchange);
    else if (isCut(assignment.played)) cut(exchange, turn.request.socket);
    else body.whenRead((bytes) => answer(exchange, bytes, lagUs));
  };
  return {
    arrive(turn) {
      // The loop is awake anyway: what is due leaves before the next request comes in.
      agenda.runDue();
      const { headers, socket } = turn.request;
      const k = whole(headers[HEADER_K]) ?? NO_K;
      ledger("attempt", k);
      trial.attempts++;
      const demandUs = whole(headers[HEADER_DEMAND_US]);
      const demandMs = demandUs === null ? UNTIMED_DEMAND_MS : demandUs / 1_000;
      const { timetable, service } = trial;
      const draws = () => faultDraws.fork(k).fork(nextTry(trial, k));
      const arrivalMs = nowMs();
      const assignment = service.arrive(arrivalMs, demandMs, fifoOf(socket, k), (startMs) =>
        timetable.play(startMs, draws),
      );
      const body = readBody(turn.request);
      const found = trial.exchanges.size;
      const exchange: Exchange = { trial, turn, body, k, arrivalMs, found, assignment, settled: false };
      trial.exchanges.add(exchange);
      turn.response.once("close", () => abandon(exchange));
      if (assignment.departureMs <= arrivalMs) depart(exchange);
      else agenda.add(assignment.departureMs, () => depart(exchange));
    },
    reset(order) {
      trial = newTrial(spec, order);
      site = newSite();
    },
    drain() {
      draining = true;
      if (spec.mode !== "sync") return;
      const now = nowMs();
      for (const { assignment, turn } of trial.exchanges) {
        if (assignment.startMs > now) turn.request.socket.resetAndDestroy();
      }
    },
    stats: () => statsOf(trial),
    site: () => site,
    probed: () => ({
      inFlight: trial.exchanges.size,
      latencyMs: trial.recent.median(trial.exchanges.size, nowMs()),
    }),
  };
}

function whole(header: string | string[] | undefined): number | null {
  return typeof header === "string" && /^[0-9]{1,10}$/.test(header) ? Number(header) : null;
}
