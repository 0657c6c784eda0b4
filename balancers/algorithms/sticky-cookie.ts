import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";
import { sessionOf } from "../session-cookie.ts";
import { algorithm as leastConnections } from "./least-connections.ts";

const COOKIE = "SRV";

/** Where the cookie says, while that backend is eligible; who brings none, or one of a backend that is gone, is a new session. */
function create(environment: AlgorithmEnvironment): Algorithm {
  const fallback = leastConnections.create(environment);
  const isMember = new Uint8Array(environment.size);
  let members = 0;
  const enrol = (backend: number, change: 1 | -1): void => {
    isMember[backend] = change === 1 ? 1 : 0;
    members += change;
  };
  return {
    ...fallback,
    joined(backend, now) {
      enrol(backend, 1);
      fallback.joined?.(backend, now);
    },
    left(backend, now) {
      enrol(backend, -1);
      fallback.left?.(backend, now);
    },
    pick(request, pool, now) {
      const home = sessionOf(request.header("cookie"), COOKIE);
      // Fewer than there are members: some were tried already, and this may be one.
      const isOffered =
        home !== null &&
        isMember[home] === 1 &&
        (pool.eligible.length === members || pool.eligible.includes(home));
      return isOffered ? home : fallback.pick(request, pool, now);
    },
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "sticky-cookie",
  summary:
    "The backend that the client's cookie names while it is up; new sessions go where the fewest requests are in flight.",
  reference: "HAProxy, cookie SRV insert indirect nocache; NGINX, sticky cookie",
  family: "by-load",
  weighted: false,
  cookie: COOKIE,
  create,
};
