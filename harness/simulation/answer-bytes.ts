import { Buffer } from "node:buffer";
import { respond } from "../../backends/django/middleware.ts";
import { SHARED_KEY } from "../../backends/django/session.ts";
import { urls } from "../../backends/django/urls.ts";
import { wireOf } from "../../backends/django/wire.ts";
import type { BackendsSpec, RequestType } from "../../scenarios/scenario.ts";

const CRITICAL = /[.*+?^${}()|[\]\\]/g;

/** Length of the body that the shop answers a new client's request with; 0 for one with a body, as `backends/guest.ts` has it. */
export function answerBytesOf(
  { method, path: target, body }: RequestType,
  { allowedHosts, django }: Pick<BackendsSpec, "allowedHosts" | "django">,
): number {
  if (body !== undefined && body !== "") return 0;
  const [path = "/", query = ""] = target.split("?");
  const url = urls.find((each) => patternOf(each.path).test(path));
  const params = url === undefined ? {} : (patternOf(url.path).exec(path)?.groups ?? {});
  const isFound =
    url !== undefined && (url.part === undefined || url.part.test(Object.values(params)[0] ?? ""));
  const answer = respond(
    {
      method,
      path,
      query: new URLSearchParams(query),
      search: query === "" ? "" : `?${query}`,
      params,
      headers: {},
      cookies: new Map(),
      form: new URLSearchParams(),
      bodyBytes: 0,
      host: allowedHosts[0] === "*" ? "localhost" : (allowedHosts[0] ?? "localhost"),
      session: null,
      isStale: false,
    },
    isFound ? { found: "url", url } : { found: "nothing" },
    { wire: wireOf(django), allowedHosts: ["*"], sessionKey: SHARED_KEY, sessionsAreLocal: false },
  );
  return Buffer.byteLength(answer.body);
}

/** `/basket/add/:id/` as a pattern. */
function patternOf(route: string): RegExp {
  const parts = route
    .split("/")
    .map((part) => (part.startsWith(":") ? `(?<${part.slice(1)}>[^/]+)` : part.replace(CRITICAL, "\\$&")));
  return new RegExp(`^${parts.join("/")}$`);
}
