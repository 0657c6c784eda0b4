import type { Flight } from "./flights.ts";
import { keyOf } from "./proxy.ts";

/** Flights whose backend will tell when it has done with them. */
export interface Outstanding {
  /** Flights that wait. */
  readonly count: number;
  attempted(flight: Flight): void;
  parked(flight: Flight, slot: number): void;
  /** Where the flight of a ticket waits; null when it does not wait any more. Each ticket is asked for once. */
  slotOf(ticket: number): number | null;
  /** It has ended before the event for which its slot waits. */
  over(flight: Flight, slot: number): void;
  /** A slot's event comes: whether its flight has ended before. */
  wasOver(flight: Flight, slot: number): boolean;
}

export function createOutstanding(): Outstanding {
  const owners = new Map<number, number>();
  const slots = new Map<number, number>();
  /** Slots that nobody waits in: their events cannot be taken back. */
  const ghosts = new Set<number>();
  return {
    get count() {
      return slots.size;
    },
    attempted(flight) {
      if (flight.ticket !== 0) owners.set(flight.ticket, keyOf(flight));
    },
    parked: (flight, slot) => void slots.set(keyOf(flight), slot),
    slotOf(ticket) {
      const owner = owners.get(ticket);
      owners.delete(ticket);
      return owner === undefined ? null : (slots.get(owner) ?? null);
    },
    over(flight, slot) {
      ghosts.add(slot);
      slots.delete(keyOf(flight));
    },
    wasOver(flight, slot) {
      if (ghosts.delete(slot)) return true;
      slots.delete(keyOf(flight));
      return false;
    },
  };
}
