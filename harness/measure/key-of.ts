import type { AlgorithmDefinition } from "../../balancers/algorithm.ts";
import { CLIENT_ADDRESS, type KeyKind, parseHashKey } from "../../balancers/hash-key.ts";
import type { RequestType, Scenario } from "../../scenarios/scenario.ts";
import { forClient } from "../traffic/for-client.ts";
import type { KeyOf } from "./key-homes.ts";

/** They go by the path whatever the scenario's key is. */
const BY_PATH: readonly string[] = ["path-hash", "consistent-path-hash"];

/**
 * Numbers for what an algorithm goes by: the scenario's hash key, or the client whose session cookie it keeps. Null for an algorithm
 * that goes by no key.
 */
export function keysOf(
  { traffic, contestants }: Pick<Scenario, "traffic" | "contestants">,
  algorithm: Pick<AlgorithmDefinition, "name" | "family" | "cookie">,
): KeyOf | null {
  if (algorithm.cookie !== undefined) return (client) => client;
  if (algorithm.family !== "by-key") return null;
  const isClients = algorithm.name === "ip-hash";
  const { kind, name } = parseHashKey(
    BY_PATH.includes(algorithm.name) ? "path" : isClients ? CLIENT_ADDRESS : contestants.hashKey,
  );
  if (kind === CLIENT_ADDRESS) return (client) => client;
  const numbers = new Map<string, number>();
  const known: (number | null)[][] = [];
  return (client, type) => {
    known[type] ??= [];
    const found = (known[type] as (number | null)[])[client];
    if (found !== undefined) return found;
    const text = textOf(traffic.requests[type] as RequestType, kind, name, client);
    if (text !== null && !numbers.has(text)) numbers.set(text, numbers.size);
    const key = text === null ? null : (numbers.get(text) as number);
    (known[type] as (number | null)[])[client] = key;
    return key;
  };
}

/** As clients send it; a cookie counts as all that its client sends of it. */
function textOf(request: RequestType, kind: KeyKind, name: string, client: number): string | null {
  if (kind === "path") return forClient(request.path, client);
  const wanted = kind === "cookie" ? "cookie" : name;
  const header = Object.entries(request.headers).find(([its]) => its.toLowerCase() === wanted)?.[1];
  return header === undefined ? null : forClient(header, client);
}
