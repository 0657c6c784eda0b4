import { requestsOf } from "../../scenarios/requests.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { forClient } from "../traffic/for-client.ts";
import { answerBytesOf } from "./answer-bytes.ts";
import type { Flight } from "./flights.ts";

/** What a fault may look at of a flight. */
export interface Visitors {
  methodOf(flight: Flight): string;
  pathOf(flight: Flight): string;
  answerBytesOf(flight: Flight): number;
}

export function createVisitors(scenario: Pick<Scenario, "traffic" | "backends">): Visitors {
  const requests = requestsOf(scenario);
  const bytes: number[] = [];
  const requestOf = ({ type }: Flight): (typeof requests)[number] =>
    requests[type] as (typeof requests)[number];
  return {
    methodOf: (flight) => requestOf(flight).method,
    pathOf: (flight) => forClient(requestOf(flight).path, flight.client).split("?", 1)[0] as string,
    answerBytesOf(flight) {
      bytes[flight.type] ??= answerBytesOf(requestOf(flight), scenario.backends);
      return bytes[flight.type] as number;
    },
  };
}
