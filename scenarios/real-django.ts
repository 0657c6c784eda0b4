/** What is different where the backends are real Django servers. */
import type { Scenario } from "./scenario.ts";

type Behind = Pick<Scenario, "backends" | "traffic">;

/** Real servers, which do what their views do. */
export function isReal({ backends }: Pick<Scenario, "backends">): boolean {
  return backends.kind === "django";
}

/** Views of the real project that take as long as the request's demand says: on a core, or without one. */
export const DEMANDED = ["/work/", "/wait/"] as const;

/** A request whose view takes what the header asks for. */
export function isDemanded(path: string): boolean {
  return DEMANDED.some((view) => view === path.split("?", 1)[0]);
}

/**
 * Whether it is known how much work requests bring. At real servers the views decide: known is what the scenario or its profile
 * says of a request, and of those views that do what they are told.
 */
export function isDemandKnown({ backends, traffic }: Behind): boolean {
  if (!isReal({ backends })) return true;
  return traffic.requests.every(({ service, path }) => service !== undefined || isDemanded(path));
}

/** Whether `backends.service` is used at all: by a request without a service of its own, where views do not decide. */
export function needsService({ backends, traffic }: Behind): boolean {
  return traffic.requests.some(
    ({ service, path }) => service === undefined && (!isReal({ backends }) || isDemanded(path)),
  );
}
