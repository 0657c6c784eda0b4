import { createDemand, type ServiceSpec } from "#kernel/demand.ts";
import { createRng } from "#kernel/rng.ts";
import type { RequestType, Traffic } from "../../scenarios/scenario.ts";

/** What a request asks of a backend. */
export interface DemandUs {
  /** Service demand in whole microseconds at speed 1, at least 1. */
  readonly demandUs: number;
  /** Of it: holds its worker and no core. */
  readonly ioUs: number;
  /** Of it: needs a core, not the interpreter lock. */
  readonly gilFreeUs: number;
}

/** What request k of the window is, whoever plays it and against whomever. */
export interface Assignment extends DemandUs {
  /** Position in `traffic.requests`. */
  readonly type: number;
  /** Position of the client's address, below `traffic.clients`. */
  readonly client: number;
}

/** Requests of the window and of the warm-up come from streams of their own, so that neither depends on the length of the other. */
export type Phase = "window" | "warmup";

export interface Work {
  of(k: number): Assignment;
  /** Demand of request k, given its type. */
  demand(k: number, type: number): DemandUs;
}

const MAX_DEMAND_US = 0xffff_fffe;

/**
 * Draws type, demand and client of request k from (seed, k) alone. In a closed loop request j of user u is
 * k = j * connections + u, and the user keeps one address.
 */
export function createWork(
  traffic: Traffic,
  service: ServiceSpec | undefined,
  seed: number,
  phase: Phase = "window",
): Work {
  const root = createRng(seed).fork("work").fork(phase);
  const [types, demands, clients] = [root.fork("type"), root.fork("demand"), root.fork("client")];
  const samplers = traffic.requests.map((request) => createDemand(serviceOf(request, service)));
  const limits = cumulativeWeights(traffic.requests);
  const total = limits.at(-1) ?? 0;
  const users = traffic.model === "closed" ? traffic.connections : null;
  const stream = root.fork("any");
  const demand: Work["demand"] = (k, type) => {
    const { cpuMs, ioMs, gilFreeMs } = samplers[type]!.sample(demands.fork(k, stream));
    const ioUs = wholeUs(ioMs);
    const gilFreeUs = wholeUs(gilFreeMs);
    return {
      demandUs: Math.min(MAX_DEMAND_US, Math.max(1, wholeUs(cpuMs) + ioUs + gilFreeUs)),
      ioUs,
      gilFreeUs,
    };
  };
  return {
    demand,
    of(k) {
      const type = limits.length === 1 ? 0 : position(limits, types.fork(k, stream).next() * total);
      return {
        type,
        ...demand(k, type),
        client: users === null ? clients.fork(k, stream).int(traffic.clients) : (k % users) % traffic.clients,
      };
    },
  };
}

const wholeUs = (ms: number): number => Math.min(MAX_DEMAND_US, Math.round(ms * 1_000));

function serviceOf({ name, service: own }: RequestType, service: ServiceSpec | undefined): ServiceSpec {
  const found = own ?? service;
  if (found === undefined) throw new Error(`nobody says how long request "${name}" takes`);
  return found;
}

function cumulativeWeights(requests: readonly RequestType[]): readonly number[] {
  let sum = 0;
  return requests.map((request) => {
    sum += request.weight;
    return sum;
  });
}

/** Of the first limit above the draw; by halves, because a mix may have as many types as there are keys. */
function position(limits: readonly number[], draw: number): number {
  let low = 0;
  let high = limits.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (draw < limits[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
