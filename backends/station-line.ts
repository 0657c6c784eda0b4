import type { Socket } from "node:net";
import type { Demand } from "#kernel/demand.ts";
import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { type Agenda, nowMs } from "./agenda.ts";
import type { Body } from "./body.ts";
import type { Played, Standstill } from "./service.ts";
import type { Departure, WorkerLife } from "./station/job.ts";
import type { StationDeployment } from "./station/spec.ts";
import { createStation } from "./station/station.ts";

/** A request at its head. */
export interface LineGuest {
  readonly socket: Socket;
  /** Uniform in [0, 1): which worker takes the connection. */
  readonly draw: number;
  /** It stays with the worker that its connection has. */
  readonly isKept: boolean;
  readonly body: Body;
  readonly demand: Demand;
  play(startMs: Millis): Played;
  /** At the instant of its departure, or as soon after as this process gets to it. */
  left(departure: Departure): void;
}

/** A station on the wall clock, with the connections around it. One for each trial. */
export interface StationLine {
  accept(socket: Socket): void;
  arrive(guest: LineGuest): { readonly ticket: number; readonly arrivalMs: Millis };
  /** The client went away: nobody waits for the rest of its request. */
  abandon(ticket: number): void;
  drain(): void;
  /** Forgets everything; nobody is told of a departure any more. */
  close(): void;
}

/**
 * A client that has sent nothing for so long holds a sync worker, which accepts and then waits for its request; shorter pauses are those
 * of a machine and its scheduler.
 */
const PATIENCE_MS = 20;
const NO_DEMAND: Demand = { cpuMs: 0, ioMs: 0, gilFreeMs: 0 };

/** One that a worker waits for, until its head comes. */
interface Silent {
  readonly ticket: number;
  readonly arrivalMs: Millis;
  guest: LineGuest | null;
}

export function createStationLine(
  deployment: StationDeployment,
  agenda: Agenda,
  setting: { readonly zeroMs: Millis; readonly standstills: readonly Standstill[]; readonly rng: Rng },
): StationLine {
  const inside = new Map<number, LineGuest>();
  /** Connections that a worker keeps, and which; of those that it keeps, the idle ones go with it. */
  const kept = new Map<Socket, WorkerLife>();
  const silent = new Map<Socket, Silent>();
  let isOpen = true;
  let plannedMs = Number.POSITIVE_INFINITY;

  const station = createStation({
    ...setting,
    deployment,
    left({ worker, life }) {
      const busy = new Set([...inside.values()].map(({ socket }) => socket));
      for (const [socket, by] of kept) {
        if (by.worker !== worker || by.life !== life) continue;
        kept.delete(socket);
        if (!busy.has(socket)) socket.destroy();
      }
    },
  });
  const collect = (): void => {
    for (let gone = station.take(); gone !== null; gone = station.take()) {
      const guest = inside.get(gone.ticket);
      inside.delete(gone.ticket);
      if (guest === undefined) {
        // A worker was killed while it waited for the head of a request.
        for (const [socket, { ticket }] of silent) if (ticket === gone.ticket) socket.destroy();
        continue;
      }
      if (gone.played.closes !== true && deployment.mode !== "sync") keep(guest.socket, gone);
      guest.left(gone);
    }
    const { nextMs } = station;
    if (nextMs >= plannedMs) return;
    plannedMs = nextMs;
    agenda.add(nextMs, () => wake(nextMs));
  };
  const wake = (atMs: Millis): void => {
    // Of several plans only the earliest is alive.
    if (!isOpen || atMs !== plannedMs) return;
    plannedMs = Number.POSITIVE_INFINITY;
    station.advance(nowMs());
    collect();
  };
  const keep = (socket: Socket, { worker, life }: WorkerLife): void => {
    if (!kept.has(socket)) socket.once("close", () => kept.delete(socket));
    kept.set(socket, { worker, life });
  };
  /** Tells the station when the body is there; readiness of one without a body is now. */
  const followBody = (ticket: number, guest: LineGuest): void =>
    guest.body.whenRead(() => {
      if (!isOpen) return;
      station.ready(nowMs(), ticket);
      collect();
    });
  const hold = (socket: Socket): void => {
    if (!isOpen || socket.destroyed || socket.bytesRead > 0 || silent.has(socket)) return;
    const arrivalMs = nowMs();
    const entry: { ticket: number; arrivalMs: Millis; guest: LineGuest | null } = {
      ticket: 0,
      arrivalMs,
      guest: null,
    };
    silent.set(socket, entry);
    entry.ticket = station.arrive(arrivalMs, {
      demand: () => entry.guest?.demand ?? NO_DEMAND,
      kept: null,
      draw: 0,
      play: (startMs) => entry.guest?.play(startMs) ?? {},
      readyMs: Number.POSITIVE_INFINITY,
    });
    socket.once("close", () => {
      if (silent.get(socket) !== entry) return;
      silent.delete(socket);
      if (!isOpen) return;
      station.leave(nowMs(), entry.ticket);
      collect();
    });
    collect();
  };
  return {
    accept(socket) {
      if (deployment.mode === "sync") agenda.add(nowMs() + PATIENCE_MS, () => hold(socket));
    },
    arrive(guest) {
      const { socket, body } = guest;
      const entry = silent.get(socket);
      if (entry !== undefined) {
        silent.delete(socket);
        entry.guest = guest;
        inside.set(entry.ticket, guest);
        followBody(entry.ticket, guest);
        return entry;
      }
      const arrivalMs = nowMs();
      const ticket = station.arrive(arrivalMs, {
        demand: () => guest.demand,
        kept: guest.isKept ? (kept.get(socket) ?? null) : null,
        draw: guest.draw,
        play: guest.play,
        ...(body.isRead() ? {} : { readyMs: Number.POSITIVE_INFINITY }),
      });
      inside.set(ticket, guest);
      if (body.isRead()) collect();
      else followBody(ticket, guest);
      return { ticket, arrivalMs };
    },
    abandon(ticket) {
      const guest = inside.get(ticket);
      if (guest === undefined || guest.body.isRead()) return;
      station.leave(nowMs(), ticket);
      collect();
    },
    drain() {
      station.drain(nowMs());
      collect();
    },
    close() {
      isOpen = false;
      inside.clear();
      silent.clear();
    },
  };
}
