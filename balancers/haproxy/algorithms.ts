import { ALGORITHM_FILE } from "../algorithm.ts";
import { OWN_ALGORITHM_REASON, type Support } from "../balancer.ts";
import { readChoicesName } from "../choices-name.ts";
import { OVERLAYS_ELSEWHERE, readComposedName } from "../composed-name.ts";
import { CLIENT_ADDRESS, parseHashKey } from "../hash-key.ts";

interface Directive {
  /** Lines of the backend section, `{key}` for what is hashed. */
  readonly lines: readonly string[];
  readonly note?: string;
  /** Servers have a value each for the cookie of `lines`. */
  readonly cookie?: true;
}

const RING = "ring of 16 points per unit of weight, the closer of two neighbours";
const DRAWS = "with replacement, on a hash ring of 16 points per unit of weight";

/**
 * What each algorithm is in HAProxy (configuration manual, "balance" and "hash-type"). A map-based hash without `avalanche` is the
 * address modulo the servers, and clients in distinct /24s (127.x.y.1) would all meet the same one.
 */
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  "round-robin": { lines: ["balance roundrobin"] },
  "weighted-round-robin": { lines: ["balance roundrobin"] },
  random: { lines: ["balance random(1)"], note: "draws on a hash ring of 16 points per unit of weight" },
  "least-connections": { lines: ["balance leastconn"], note: "ties in turn, not at random" },
  "power-of-two-choices": {
    lines: ["balance random(2)"],
    note: `draws two ${DRAWS}`,
  },
  "power-of-two-choices-with-replacement": {
    lines: ["balance random(2)"],
    note: "draws on a hash ring of 16 points per unit of weight",
  },
  "power-of-three-choices": { lines: ["balance random(3)"], note: `draws three ${DRAWS}` },
  "power-of-five-choices": { lines: ["balance random(5)"], note: `draws five ${DRAWS}` },
  "weighted-random": {
    lines: ["balance random(1)"],
    note: "draws on a hash ring of 16 points per unit of weight",
  },
  first: { lines: ["balance first"], note: "without maxconn: a server takes everything while it is up" },
  "weighted-least-connections": {
    lines: ["balance leastconn"],
    note: "idle servers first, then the least (requests + 1) / weight: never-queue; ties in turn",
  },
  "never-queue": { lines: ["balance leastconn"], note: "ties in turn, not at random" },
  "ip-hash": {
    lines: ["balance source", "hash-type map-based sdbm avalanche"],
    note: "hashes the whole address",
  },
  "consistent-hash": {
    lines: ["balance {key}", "hash-type consistent sdbm avalanche"],
    note: RING,
  },
  "hash-modulo": { lines: ["balance {key}", "hash-type map-based sdbm avalanche"] },
  "path-hash": { lines: ["balance uri whole", "hash-type map-based sdbm avalanche"] },
  "consistent-path-hash": {
    lines: ["balance uri whole", "hash-type consistent sdbm avalanche"],
    note: RING,
  },
  "bounded-load-hash": {
    lines: ["balance {key}", "hash-type consistent sdbm avalanche", "hash-balance-factor 125"],
    note: RING,
  },
  "sticky-cookie": {
    lines: ["balance leastconn", "cookie SRV insert indirect nocache"],
    note: "new sessions by leastconn: ties in turn, not at random",
    cookie: true,
  },
};

/** True when `server` lines say what their cookie is. */
export const haproxyHasCookie = (algorithm: string): boolean => DIRECTIVES[algorithm]?.cookie === true;

const REASONS: Readonly<Record<string, string>> = {
  "earliest-deadline": "balance roundrobin has a schedule of its own and no random start",
  "shortest-expected-delay": "leastconn takes idle servers first, however slow: never-queue",
  "join-idle-queue": "no balance directive: leastconn goes by the count when no server is idle",
  maglev: "hash-type is map-based or a ring",
  rendezvous: "hash-type is map-based or a ring",
  prequal: "an agent-check asks a backend for its weight, now and then; nothing asks with each request",
  "least-time": "no balance directive looks at response times",
  "peak-ewma": "no balance directive looks at response times",
};

function directiveOf(algorithm: string): Directive | undefined {
  const drawn = readChoicesName(algorithm);
  if (drawn === null) return DIRECTIVES[algorithm];
  const { choices, withReplacement } = drawn;
  const note = withReplacement
    ? "draws on a hash ring of 16 points per unit of weight"
    : `draws ${choices} ${DRAWS}`;
  return { lines: [`balance random(${choices})`], note };
}

export function haproxySupports(algorithm: string): Support {
  if (readComposedName(algorithm).overlays.length > 0)
    return { supported: false, reason: OVERLAYS_ELSEWHERE };
  if (ALGORITHM_FILE.test(algorithm)) return { supported: false, reason: OWN_ALGORITHM_REASON };
  const found = directiveOf(algorithm);
  if (found === undefined) {
    return { supported: false, reason: REASONS[algorithm] ?? "HAProxy has no balance directive for it" };
  }
  const directive = haproxyLines(algorithm, CLIENT_ADDRESS).join(", ");
  return { supported: true, directive, ...(found.note === undefined ? {} : { note: found.note }) };
}

/** Lines of the backend section that choose `algorithm`; never empty, because HAProxy's default changed in 3.3. */
export function haproxyLines(algorithm: string, hashKey: string): readonly string[] {
  const found = directiveOf(algorithm);
  if (found === undefined) throw new Error(`HAProxy has no ${algorithm}`);
  return found.lines.map((line) => line.replace("{key}", keyOf(hashKey)));
}

function keyOf(hashKey: string): string {
  const { kind, name } = parseHashKey(hashKey);
  if (kind === "client-address") return "source";
  if (kind === "path") return "uri whole";
  return kind === "header" ? `hdr(${name})` : `hash req.cook(${name})`;
}
