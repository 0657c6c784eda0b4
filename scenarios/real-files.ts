/** Files that `backends` names: a service profile, and the Python of real Django servers. */
import { dirname, isAbsolute, resolve } from "node:path";
import { isKeys } from "./merge.ts";
import type { Locate } from "./named-files.ts";
import { formatPath, type Problem } from "./problem.ts";
import { readText } from "./read-text.ts";
import { isDemanded } from "./real-django.ts";
import { demandOf, type ServiceProfile, serviceProfileSchema, viewOf } from "./service-profile.ts";

/** The one request of a scenario that names none, as `schema-traffic.ts` has it. */
const HOME = { name: "home", path: "/" };

/**
 * The scenario's data with what its files say: each request that a view of the profile answers has that view's service, so that a
 * copy of the scenario needs the profile no more. Data of any shape comes in; what is wrong with it is told by the schema.
 */
export async function withRealFiles(
  data: unknown,
  locate: Locate,
): Promise<{ readonly data: unknown; readonly problems: readonly Problem[] }> {
  if (!isKeys(data) || !isKeys(data.backends)) return { data, problems: [] };
  const { profile: name, ...backends } = data.backends;
  const located = { ...data, backends: { ...backends, ...pythonOf(backends.python, locate) } };
  if (typeof name !== "string") return { data: name === undefined ? located : data, problems: [] };
  const path = ["backends", "profile"];
  const place = locate(path);
  const wrong = (message: string) => ({
    data,
    problems: [{ ...place, path: formatPath(path), message: `${name}: ${message}` }],
  });
  const read = await readText(resolve(dirname(place.file), name));
  if ("problem" in read) return wrong(read.problem);
  const parsed = parseProfile(read.text);
  if ("problem" in parsed) return wrong(parsed.problem);
  const requests = requestsOf(data);
  if (requests === null) return { data: located, problems: [] };
  const views = requests.map((request) => viewFor(parsed.profile, request));
  const unknown = requests.find((request, i) => views[i] === null && !mayLack(request, backends));
  if (unknown !== undefined)
    return wrong(
      `has no ${methodOf(unknown)} ${String(unknown.path ?? "/")}; it has ${parsed.profile.views.map((view) => `${view.method} ${view.path}`).join(", ")}`,
    );
  const filled = requests.map((request, i) => {
    const view = views[i];
    return view === null || view === undefined || request.service !== undefined
      ? request
      : { ...request, service: asWritten(demandOf(view)) };
  });
  const traffic = isKeys(data.traffic) ? { ...data.traffic, requests: filled } : data.traffic;
  return { data: { ...located, traffic }, problems: [] };
}

type Request = Readonly<Record<string, unknown>>;

/** The requests as the file says them; null where what it says is not a list of requests. */
function requestsOf(data: Readonly<Record<string, unknown>>): readonly Request[] | null {
  const said = isKeys(data.traffic) ? data.traffic.requests : undefined;
  if (said === undefined) return [HOME];
  return Array.isArray(said) && said.every(isKeys) ? said : null;
}

function methodOf({ method }: Request): string {
  return typeof method === "string" ? method : "GET";
}

function viewFor(profile: ServiceProfile, request: Request): ReturnType<typeof viewOf> {
  return viewOf(profile, methodOf(request), typeof request.path === "string" ? request.path : "/");
}

/** It has a service of its own, or the scenario has one for all, or its view does what it is told. */
function mayLack(request: Request, backends: Readonly<Record<string, unknown>>): boolean {
  if (request.service !== undefined || backends.service !== undefined) return true;
  return typeof request.path === "string" && isDemanded(request.path);
}

function parseProfile(text: string): { readonly profile: ServiceProfile } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {
      problem: "not JSON; a service profile was expected, as npx evenkeel calibrate django writes it",
    };
  }
  const parsed = serviceProfileSchema.safeParse(value);
  if (parsed.success) return { profile: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    problem: `not a service profile: ${issue?.path.join(".") || "the whole file"}: ${issue?.message}`,
  };
}

/** Milliseconds as a scenario file writes them. */
function asWritten(demand: ReturnType<typeof demandOf>): unknown {
  if (demand.type !== "empirical") return demand;
  return { ...demand, quantiles: demand.quantiles.map(([p, value]) => [p, `${value}ms`]) };
}

/** A program on the PATH, or a file: one that is named relatively lies beside the scenario. */
function pythonOf(python: unknown, locate: Locate): { readonly python?: unknown } {
  if (typeof python !== "string" || !python.includes("/") || isAbsolute(python))
    return python === undefined ? {} : { python };
  return { python: resolve(dirname(locate(["backends", "python"]).file), python) };
}
