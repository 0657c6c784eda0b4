import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Demand } from "#kernel/demand.ts";
import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { type Agenda, nowMs } from "./agenda.ts";
import { readBody } from "./body.ts";
import type { Turn } from "./django/app.ts";
import { keepsAlive, killedAnswer, writeAnswer } from "./django/gunicorn.ts";
import type { Site } from "./django/http.ts";
import { newSessionKey, SHARED_KEY } from "./django/session.ts";
import { wireOf } from "./django/wire.ts";
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
import { type Assignment, isCut, type Played } from "./service.ts";
import { createStationLine, type StationLine } from "./station-line.ts";
import { type Exchange, newTrial, nextTry, statsOf, timesOf, toUs } from "./trial.ts";

/** Where requests become departures: takes each at its head, and answers it at the instant that the service model says. */
export interface Desk {
  /** A connection was accepted. */
  accept(socket: Socket): void;
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

type Play = (startMs: Millis) => Played;
const NO_BODY = Buffer.alloc(0);

export function createDesk(spec: BackendSpec, agenda: Agenda, ledger: WriteLedger): Desk {
  const rng = createRng(spec.seed).fork("backend").fork(spec.id);
  const accepts = rng.fork("accept");
  const uncounted = rng.fork("accept uncounted");
  const faultDraws = rng.fork("faults");
  const drawn = new WeakMap<Socket, { readonly draw: number; readonly counted: boolean }>();
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
    const known = drawn.get(socket);
    const counted = k !== NO_K;
    if (known !== undefined && (known.counted || !counted)) return { draw: known.draw, isKept: true };
    const draw = counted ? accepts.fork(k).next() : uncounted.next();
    drawn.set(socket, { draw, counted });
    return { draw, isKept: false };
  };
  const abandon = (exchange: Exchange): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    exchange.settled = true;
    ledger("abandoned", exchange.k);
    trial.abandoned++;
  };
  const answer = (exchange: Exchange, assignment: Assignment, body: Buffer, lagUs: number): void => {
    if (exchange.settled || exchange.trial !== trial) return;
    exchange.settled = true;
    const { request, response } = exchange.turn;
    const { played } = assignment;
    ledger("completed", exchange.k);
    trial.completed++;
    trial.recent.add(nowMs() - exchange.arrivalMs, exchange.found, nowMs());
    if (played.killed) {
      request.socket.end(killedAnswer());
      return;
    }
    const page = exchange.turn.answer(body, played.status);
    if (page.isOrder) ledger("ordered", exchange.k);
    const staysOpen = !draining && played.closes !== true && keepsAlive(request, spec.mode);
    writeAnswer(request, response, staysOpen, page, [
      [HEADER_BACKEND, String(spec.id)],
      [HEADER_TIMES, timesOf(exchange, assignment, lagUs)],
    ]);
  };
  /** Its client went away; Django runs the view all the same, which matters where that changes something. */
  const finishAlone = ({ turn, body, k }: Exchange, { played }: Assignment): void => {
    if (turn.request.method !== "POST" || isCut(played)) return;
    body.whenRead((bytes) => {
      if (turn.answer(bytes, played.status).isOrder) ledger("ordered", k);
    });
  };
  const cut = (exchange: Exchange, isReset: boolean): void => {
    exchange.settled = true;
    ledger("faulted", exchange.k);
    const { socket } = exchange.turn.request;
    if (isReset) socket.resetAndDestroy();
    else socket.destroy();
  };
  const depart = (exchange: Exchange, assignment: Assignment): void => {
    if (exchange.trial !== trial) return;
    const { body } = exchange;
    const lagUs = toUs(nowMs() - assignment.departureMs);
    trial.exchanges.delete(exchange);
    trial.lagUs.record(Math.max(1, lagUs));
    if (exchange.settled) finishAlone(exchange, assignment);
    else if (isCut(assignment.played)) cut(exchange, assignment.played.reset === true);
    else if (assignment.played.killed) answer(exchange, assignment, NO_BODY, lagUs);
    else body.whenRead((bytes) => answer(exchange, assignment, bytes, lagUs));
  };
  /** When it leaves is known at once. */
  const serve = (exchange: Exchange, demandMs: Millis, play: Play): void => {
    const fifo = trial.service.accept(drawOf(exchange.turn.request.socket, exchange.k).draw);
    const assignment = trial.service.arrive(exchange.arrivalMs, demandMs, fifo, play);
    exchange.assignment = assignment;
    if (assignment.departureMs <= exchange.arrivalMs) depart(exchange, assignment);
    else agenda.add(assignment.departureMs, () => depart(exchange, assignment));
  };
  const enter = (its: StationLine, exchange: Exchange, demand: Demand, play: Play): void => {
    const { turn, body } = exchange;
    const { ticket, arrivalMs } = its.arrive({
      socket: turn.request.socket,
      ...drawOf(turn.request.socket, exchange.k),
      body,
      demand,
      play,
      left(departure) {
        exchange.assignment = departure;
        depart(exchange, departure);
      },
    });
    exchange.arrivalMs = arrivalMs;
    turn.response.once("close", () => its.abandon(ticket));
  };
  return {
    accept: (socket) => line?.accept(socket),
    arrive(turn) {
      // The loop is awake anyway: what is due leaves before the next request comes in.
      agenda.runDue();
      const { headers } = turn.request;
      const k = whole(headers[HEADER_K]) ?? NO_K;
      ledger("attempt", k);
      trial.attempts++;
      const demandUs = whole(headers[HEADER_DEMAND_US]);
      const demandMs = demandUs === null ? UNTIMED_DEMAND_MS : demandUs / 1_000;
      const { timetable } = trial;
      const draws = () => faultDraws.fork(k).fork(nextTry(trial, k));
      const play: Play = (startMs) => timetable.play(startMs, draws);
      const body = readBody(turn.request);
      const exchange: Exchange = {
        trial,
        turn,
        body,
        k,
        arrivalMs: nowMs(),
        found: trial.exchanges.size,
        assignment: null,
        settled: false,
      };
      trial.exchanges.add(exchange);
      turn.response.once("close", () => abandon(exchange));
      if (line === null) serve(exchange, demandMs, play);
      else enter(line, exchange, demandOf(demandMs, headers[HEADER_DEMAND_PARTS]), play);
    },
    reset(order) {
      line?.close();
      trial = newTrial(spec, order);
      line = newLine(order.zeroNs);
      site = newSite();
    },
    drain() {
      draining = true;
      line?.drain();
      if (line !== null || spec.mode !== "sync") return;
      const now = nowMs();
      for (const { assignment, turn } of trial.exchanges) {
        if (assignment === null || assignment.startMs > now) turn.request.socket.resetAndDestroy();
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

const PARTS = /^io=([0-9]{1,10});gilfree=([0-9]{1,10})$/;

/** A demand by its parts; all of it is CPU where nothing else is said. */
function demandOf(demandMs: Millis, header: string | string[] | undefined): Demand {
  const parts = PARTS.exec(String(header ?? ""));
  const ioMs = Number(parts?.[1] ?? 0) / 1_000;
  const gilFreeMs = Number(parts?.[2] ?? 0) / 1_000;
  return { cpuMs: Math.max(0, demandMs - ioMs - gilFreeMs), ioMs, gilFreeMs };
}
