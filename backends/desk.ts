import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Demand } from "#kernel/demand.ts";
import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { type Agenda, nowMs } from "./agenda.ts";
import { readBody } from "./body.ts";
import type { Turn } from "./django/app.ts";
import { keepsAlive, killedAnswer } from "./django/gunicorn.ts";
import type { Site } from "./django/http.ts";
import { newSessionKey, SHARED_KEY } from "./django/session.ts";
import { wireOf } from "./django/wire.ts";
import { guestOf } from "./guest.ts";
import { knockAfterMs } from "./knock.ts";
import type { WriteLedger } from "./ledger.ts";
import {
  type BackendSpec,
  type BackendStats,
  HEADER_BACKEND,
  HEADER_DEMAND_PARTS,
  HEADER_DEMAND_US,
  HEADER_K,
  HEADER_TIMES,
  NO_K,
  type ResetOrder,
  UNTIMED_DEMAND_MS,
} from "./protocol.ts";
import { type Assignment, dripMsOf, isCut } from "./service.ts";
import { createStationLine, type StationLine } from "./station-line.ts";
import type { Timetable } from "./timetable.ts";
import { type Exchange, newTrial, nextTry, statsOf, timesOf, toUs } from "./trial.ts";
import { send } from "./wire.ts";

/** Where requests become departures: takes each at its head, and answers it at the instant that the service model says. */
export interface Desk {
  /** A connection was accepted; false when a fault keeps it from being read. */
  accept(socket: Socket): boolean;
  arrive(turn: Turn): void;
  /** Forgets the trial before; nothing is written to the ledger about it any more. */
  reset(order: ResetOrder): Timetable;
  /** From now on no connection is kept, and requests that wait for a sync worker are cut: they are still the kernel's, and go with the listener. */
  drain(): void;
  /** Ends the connections that nobody reads. */
  close(): void;
  stats(): BackendStats;
  /** What answers at the moment: with sessions of its own it forgets them at a reset. */
  site(): Site;
  /** Requests that it has, and what its latest answers took. */
  probed(): { readonly inFlight: number; readonly latencyMs: number };
}

const NO_BODY = Buffer.alloc(0);

/** A connection: what its worker is drawn by, and the requests that came on it. */
interface Visit {
  /** Null before its first request. */
  drawn: { readonly draw: number; readonly counted: boolean } | null;
  requests: number;
}

export function createDesk(spec: BackendSpec, agenda: Agenda, ledger: WriteLedger): Desk {
  const rng = createRng(spec.seed).fork("backend").fork(spec.id);
  const accepts = rng.fork("accept");
  const uncounted = rng.fork("accept uncounted");
  const visits = new WeakMap<Socket, Visit>();
  const unread = new Set<Socket>();
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
  const newLine = (zeroNs: string): StationLine | null => {
    const { station } = spec;
    if (station === undefined) return null;
    const { standstills } = trial.timetable;
    const seeded = createRng(spec.seed).fork("station").fork(spec.id);
    return createStationLine({ ...spec, station }, agenda, {
      zeroMs: Number(BigInt(zeroNs)) / 1e6,
      standstills,
      rng: seeded,
    });
  };
  let line = newLine(String(process.hrtime.bigint()));

  /**
   * A connection keeps its worker. Which one is a function of the first request of the window on it alone, so that neither the connections of
   * health checks and probes nor those of the warm-up shift the draws of requests that count.
   */
  const drawOf = (socket: Socket, k: number): { readonly draw: number; readonly isKept: boolean } => {
    const visit = visits.get(socket);
    const known = visit?.drawn ?? null;
    const counted = k !== NO_K;
    if (known !== null && (known.counted || !counted)) return { draw: known.draw, isKept: true };
    const draw = counted ? accepts.fork(k).next() : uncounted.next();
    if (visit !== undefined) visit.drawn = { draw, counted };
    return { draw, isKept: false };
  };
  const abandon = (exchange: Exchange): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    exchange.settled = true;
    // Nobody serves who had not come to the queue; a request that has is served all the same, as Django would.
    if (exchange.assignment === null && line === null) trial.exchanges.delete(exchange);
    ledger("abandoned", exchange.k);
    trial.abandoned++;
  };
  const faulted = (exchange: Exchange): void => {
    exchange.settled = true;
    ledger("faulted", exchange.k);
  };
  const completed = (exchange: Exchange): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    exchange.settled = true;
    ledger("completed", exchange.k);
    trial.completed++;
    trial.recent.add(nowMs() - exchange.arrivalMs, exchange.found, nowMs());
  };
  const answer = (exchange: Exchange, assignment: Assignment, body: Buffer, lagUs: number): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    const { request, response } = exchange.turn;
    const { played, departureMs } = assignment;
    if (played.killed) {
      completed(exchange);
      request.socket.end(killedAnswer());
      return;
    }
    const page = exchange.turn.answer(body, played.status);
    if (page.isOrder) ledger("ordered", exchange.k);
    send(
      {
        request,
        response,
        keepAlive: !draining && played.closes !== true && keepsAlive(request, spec.mode),
        answer: page,
        extra: [
          [HEADER_BACKEND, String(spec.id)],
          [HEADER_TIMES, timesOf(exchange, assignment, lagUs)],
        ],
        played,
        departureMs,
      },
      agenda,
      { completed: () => completed(exchange), faulted: () => faulted(exchange) },
    );
  };
  /** Its client went away; Django runs the view all the same, which matters where that changes something. */
  const finishAlone = ({ turn, body, k }: Exchange, { played }: Assignment): void => {
    if (turn.request.method !== "POST" || isCut(played)) return;
    body.whenRead((bytes) => {
      if (turn.answer(bytes, played.status).isOrder) ledger("ordered", k);
    });
  };
  const cut = (exchange: Exchange, isReset: boolean): void => {
    trial.exchanges.delete(exchange);
    if (exchange.settled || exchange.trial !== trial) return;
    faulted(exchange);
    const { socket } = exchange.turn.request;
    if (isReset) socket.resetAndDestroy();
    else socket.destroy();
  };
  /** At the instant at which the answer begins. */
  const depart = (exchange: Exchange, assignment: Assignment): void => {
    if (exchange.trial !== trial) return;
    const { played, departureMs } = assignment;
    const lagUs = toUs(nowMs() - (departureMs - dripMsOf(played)));
    trial.lagUs.record(Math.max(1, lagUs));
    trial.exchanges.delete(exchange);
    if (exchange.settled) finishAlone(exchange, assignment);
    else if (isCut(played)) cut(exchange, played.reset === true);
    else if (played.killed) answer(exchange, assignment, NO_BODY, lagUs);
    else exchange.body.whenRead((bytes) => answer(exchange, assignment, bytes, lagUs));
  };
  const serve = (exchange: Exchange, assignment: Assignment): void => {
    exchange.assignment = assignment;
    const atMs = assignment.departureMs - dripMsOf(assignment.played);
    if (atMs <= nowMs()) depart(exchange, assignment);
    else agenda.add(atMs, () => depart(exchange, assignment));
  };
  const queue = (exchange: Exchange, now: Millis): void => {
    if (line !== null) {
      queueAtStation(line, exchange);
      return;
    }
    const { timetable, service } = trial;
    const fifo = service.accept(drawOf(exchange.turn.request.socket, exchange.k).draw);
    serve(
      exchange,
      service.arrive(now, exchange.demandMs, fifo, (startMs) => timetable.play(startMs, exchange.guest)),
    );
  };
  /** Where it is not known on arrival when it leaves. */
  const queueAtStation = (its: StationLine, exchange: Exchange): void => {
    const { turn, body, guest, demandMs } = exchange;
    const { timetable } = trial;
    const { ticket, arrivalMs } = its.arrive({
      socket: turn.request.socket,
      ...drawOf(turn.request.socket, exchange.k),
      body,
      demand: demandOf(demandMs, turn.request.headers[HEADER_DEMAND_PARTS]),
      play: (startMs) => timetable.play(startMs, guest),
      left(departure) {
        exchange.assignment = departure;
        depart(exchange, departure);
      },
    });
    exchange.arrivalMs = arrivalMs;
    turn.response.once("close", () => its.abandon(ticket));
  };
  /** What faults do to it before it is in a queue; `knocks` is how often it found no room. */
  const enter = (exchange: Exchange, now: Millis, knocks: number): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    const met = trial.timetable.meet(now, exchange.guest);
    if (met === null) queue(exchange, now);
    else if (met.type === "cut") cut(exchange, true);
    else if (met.type === "swallowed") agenda.add(met.untilMs, () => cut(exchange, true));
    else if (met.type === "beside") {
      const departureMs = now + exchange.demandMs / spec.speed;
      serve(exchange, { slot: -1, startMs: now, departureMs, played: {} });
    } else if (waiting(now) <= met.backlog) queue(exchange, now);
    else agenda.add(now + knockAfterMs(knocks), () => enter(exchange, nowMs(), knocks + 1));
  };
  const waiting = (now: Millis): number => {
    let count = 0;
    for (const { assignment } of trial.exchanges)
      if (assignment !== null && assignment.startMs > now) count += 1;
    return count;
  };
  return {
    accept(socket) {
      visits.set(socket, { drawn: null, requests: 0 });
      line?.accept(socket);
      const held = trial.timetable.connect(nowMs());
      if (held === null) return true;
      if (held.how === "reset") socket.resetAndDestroy();
      else {
        unread.add(socket.on("error", () => undefined).once("close", () => unread.delete(socket)));
        agenda.add(held.untilMs, () => socket.resetAndDestroy());
      }
      return false;
    },
    arrive(turn) {
      // The loop is awake anyway: what is due leaves before the next request comes in.
      agenda.runDue();
      const { headers, socket } = turn.request;
      const k = whole(headers[HEADER_K]) ?? NO_K;
      ledger("attempt", k);
      trial.attempts++;
      const demandUs = whole(headers[HEADER_DEMAND_US]);
      const visit = visits.get(socket);
      const current = trial;
      const exchange: Exchange = {
        trial,
        turn,
        body: readBody(turn.request),
        k,
        demandMs: demandUs === null ? UNTIMED_DEMAND_MS : demandUs / 1_000,
        guest: guestOf(turn, (visit?.requests ?? 0) > 0, () =>
          current.draws.fork(k).fork(nextTry(current, k)),
        ),
        arrivalMs: nowMs(),
        found: trial.exchanges.size,
        assignment: null,
        settled: false,
      };
      if (visit !== undefined) visit.requests += 1;
      trial.exchanges.add(exchange);
      turn.response.once("close", () => abandon(exchange));
      enter(exchange, exchange.arrivalMs, 0);
    },
    reset(order) {
      line?.close();
      trial = newTrial(spec, order);
      for (const socket of unread) socket.destroy();
      line = newLine(order.zeroNs);
      site = newSite();
      return trial.timetable;
    },
    drain() {
      draining = true;
      for (const socket of unread) socket.destroy();
      line?.drain();
      if (line !== null || spec.mode !== "sync") return;
      const now = nowMs();
      for (const { assignment, turn } of trial.exchanges) {
        if (assignment === null || assignment.startMs > now) turn.request.socket.resetAndDestroy();
      }
    },
    close() {
      for (const socket of unread) socket.destroy();
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

const PARTS = /^io=([0-9]{1,10});gilfree=([0-9]{1,10})$/;

/** A demand by its parts; all of it is CPU where nothing else is said. */
function demandOf(demandMs: Millis, header: string | string[] | undefined): Demand {
  const parts = PARTS.exec(String(header ?? ""));
  const ioMs = Number(parts?.[1] ?? 0) / 1_000;
  const gilFreeMs = Number(parts?.[2] ?? 0) / 1_000;
  return { cpuMs: Math.max(0, demandMs - ioMs - gilFreeMs), ioMs, gilFreeMs };
}
