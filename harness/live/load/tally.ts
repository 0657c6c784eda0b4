import { blankRow, OUTCOMES, type Row, type RowOutcome, UNKNOWN_U32 } from "../../rows.ts";
import type { Visitor } from "../../traffic/visitor.ts";
import type { ResponseParser } from "./http-parser.ts";
import type { DemandParts } from "./request-bytes.ts";
import type { RowWriter } from "./row-writer.ts";

/** A request that was released and has not ended. Times in microseconds from the start of the window. */
export interface Flight {
  /** Number in the window, null in the warm-up. */
  readonly k: number | null;
  readonly dueUs: number;
  readonly sentUs: number;
  readonly type: number;
  readonly client: number;
  readonly demandUs: number;
  /** Of the demand, as in `traffic/work.ts`. */
  readonly ioUs: number;
  readonly gilFreeUs: number;
  /** Whose cookies it brings: its client's, or its session's. */
  readonly holder: number;
  /** What it is about; 0 where requests are about nothing. */
  readonly product: number;
  /** Who sends it, in a session. */
  readonly visitor: Visitor | null;
  retried: boolean;
  ended: boolean;
  previous: Flight | null;
  next: Flight | null;
}

export function createFlight(
  fields: Pick<Flight, "k" | "dueUs" | "sentUs" | "type" | "client" | "demandUs"> &
    Partial<Pick<Flight, "holder" | "product" | "visitor" | keyof DemandParts>>,
): Flight {
  return {
    ioUs: 0,
    gilFreeUs: 0,
    holder: fields.client,
    product: 0,
    visitor: null,
    ...fields,
    retried: false,
    ended: false,
    previous: null,
    next: null,
  };
}

/** Books every request of a trial once: in flight, then one row. */
export interface Tally {
  begin(flight: Flight): void;
  /** Does nothing when the flight has ended before. A response slower than `timeoutUs` is a timeout, and marks nothing. */
  end(
    flight: Flight,
    outcome: RowOutcome,
    endedUs: number,
    response: ResponseParser | null,
    mark?: number,
  ): void;
  /** The flight that has been due for longest; timeouts are alike, so it is the first to time out. */
  oldest(): Flight | null;
  /** Of the window. */
  readonly inFlight: number;
  readonly scheduled: number;
  readonly ended: number;
  readonly failed: number;
  count(outcome: RowOutcome): number;
}

/** Flights must begin in the order in which they were due. */
export function createTally(rows: Pick<RowWriter, "append">, timeoutUs: number): Tally {
  let first: Flight | null = null;
  let last: Flight | null = null;
  let scheduled = 0;
  let ended = 0;
  const counts = new Map<RowOutcome, number>(OUTCOMES.map((outcome) => [outcome, 0]));
  const row: Row = blankRow();

  const unlink = (flight: Flight): void => {
    if (flight.previous === null) first = flight.next;
    else flight.previous.next = flight.next;
    if (flight.next === null) last = flight.previous;
    else flight.next.previous = flight.previous;
    flight.previous = flight.next = null;
  };
  const record = (
    flight: Flight,
    k: number,
    outcome: RowOutcome,
    endedUs: number,
    response: ResponseParser | null,
    mark: number,
  ): void => {
    row.k = k;
    row.dueUs = flight.dueUs;
    row.sentUs = outcome === "dropped" ? Number.NaN : flight.sentUs;
    row.endedUs = endedUs;
    row.queueUs = response?.queueUs ?? UNKNOWN_U32;
    row.serviceUs = response?.serviceUs ?? UNKNOWN_U32;
    row.lagUs = response?.lagUs ?? UNKNOWN_U32;
    row.status = response?.status ?? 0;
    row.client = flight.client;
    row.outcome = OUTCOMES.indexOf(outcome);
    row.backend = response?.backend ?? 0;
    row.type = flight.type;
    row.mark = mark;
    rows.append(row);
  };
  return {
    begin(flight) {
      flight.previous = last;
      if (last === null) first = flight;
      else last.next = flight;
      last = flight;
      if (flight.k !== null) scheduled += 1;
    },
    end(flight, outcome, endedUs, response, mark = 0) {
      if (flight.ended) return;
      flight.ended = true;
      unlink(flight);
      if (flight.k === null) return;
      const limitUs = flight.dueUs + timeoutUs;
      const late = endedUs > limitUs && outcome !== "dropped";
      const final = late ? "timeout" : outcome;
      ended += 1;
      counts.set(final, (counts.get(final) ?? 0) + 1);
      record(flight, flight.k, final, late ? limitUs : endedUs, late ? null : response, late ? 0 : mark);
    },
    oldest: () => first,
    get inFlight() {
      return scheduled - ended;
    },
    get scheduled() {
      return scheduled;
    },
    get ended() {
      return ended;
    },
    get failed() {
      return ended - (counts.get("ok") ?? 0);
    },
    count: (outcome) => counts.get(outcome) ?? 0,
  };
}
