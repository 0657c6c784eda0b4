import type { ServiceSpec } from "#kernel/demand.ts";
import { demandOf, profileOf, viewOf } from "../backends/django/profile.ts";
import type { MixRequest } from "./mixes/mix.ts";
import { type MixPlan, planMix } from "./mixes/plan.ts";
import type { RequestType, Scenario } from "./scenario.ts";

/** A request type with its service demand, whoever named it. */
export interface PlayedRequest extends RequestType {
  readonly service: ServiceSpec;
}

type Played = Pick<Scenario, "traffic" | "backends">;

/** The mix of a scenario; null where it lists its requests. */
export function mixOf({ traffic }: Pick<Played, "traffic">): MixPlan | null {
  const { mix, sessions, model } = traffic;
  if (mix === undefined) return null;
  // Users of a closed loop are in sessions always.
  return planMix({ mix, sessions: model === "closed" && sessions === "none" ? undefined : sessions });
}

/** The requests that a scenario sends, by type; of a mix those that its visitors send, weighted by how often they do. */
export function requestsOf(scenario: Played): readonly PlayedRequest[] {
  const { traffic, backends } = scenario;
  const profile = profileOf(backends.django);
  const served = (request: RequestType): PlayedRequest => ({
    ...request,
    service: request.service ?? backends.service ?? demandOf(profile[viewOf(request.method, request.path)]),
  });
  const plan = mixOf(scenario);
  if (plan === null) return traffic.requests.map(served);
  return plan.mix.requests.map((request, at) => served(toType(request, plan.frequency[at] ?? 0)));
}

/** The same scenario with all its requests spelt out. */
export function spelledOut<Some extends Played>(scenario: Some): Some {
  return { ...scenario, traffic: { ...scenario.traffic, requests: [...requestsOf(scenario)] } };
}

const FORM = "application/x-www-form-urlencoded";

function toType({ name, method, path, fields }: MixRequest, weight: number): RequestType {
  if (method === "GET") return { name, method, path, weight, headers: {} };
  const body = `csrfmiddlewaretoken={csrf}${fields === undefined ? "" : `&${fields}`}`;
  return { name, method, path, weight, headers: { "Content-Type": FORM }, body };
}
