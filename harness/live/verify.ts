import { readComposedName } from "../../balancers/composed-name.ts";
import { parseHashKey } from "../../balancers/hash-key.ts";
import type { Contestant } from "../trial.ts";
import { VerificationError } from "../trial.ts";
import { hold, type ProbeAnswer, type ProbeOptions, type ProbeTarget, probe, probeAddress } from "./probe.ts";
import type { Reach } from "./reach.ts";

/** What the check knows of the stand: ids and weights of the backends that are to be reached, and whether all workers choose from one state. */
export interface Verified extends Reach {
  readonly contestant: Contestant;
  readonly target: ProbeTarget;
  readonly sharedState: boolean;
  readonly family: "static" | "by-load" | "by-key" | null;
  /** As in the scenario. */
  readonly hashKey: string;
}

const HOLD_MS = 10_000;
const BUSY_MS = 5;

/**
 * Before anything is measured: the balancer answers, requests reach every backend, the wanted algorithm is in force.
 * Rejects with VerificationError; takes about 0.1 s.
 */
export async function verify(stand: Verified): Promise<void> {
  await answers(stand);
  // The proxy has loaded that very file; what it should do, its author alone knows.
  if (stand.contestant.algorithmFile !== null) return;
  const cookie = stand.contestant.definition?.cookie;
  if (cookie !== undefined) await cookieSticks(stand, cookie);
  if (stand.contestant.algorithm === "first") await onlyTheFirst(stand);
  else if (stand.family === "by-key") await sameKeySameBackend(stand);
  else await reachesEveryBackend(stand);
  // Workers with counts of their own: what one of them does is not visible from outside. Nor is which backends a subset has.
  if (!stand.sharedState || stand.used < stand.weights.size) return;
  const { algorithm } = readComposedName(stand.contestant.algorithm);
  if (algorithm === "round-robin" || algorithm === "weighted-round-robin") await sharesFollowWeights(stand);
  if (stand.family === "by-load") await avoidsHeldBackend(stand);
}

/** What a student's first configuration most often gets wrong. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [
    400,
    ": Django refuses a request whose Host it does not know or cannot read; NGINX sends the upstream's name unless told proxy_set_header Host $http_host",
  ],
  [502, ": the balancer did not reach a backend"],
  [503, ": the balancer knows of no backend that it may use"],
]);

function fail(message: string): never {
  throw new VerificationError(message);
}

async function ask(stand: Verified, client: number, demandMs = 0): Promise<number> {
  return (await answerTo(stand, client, { demandMs })).backend;
}

async function answerTo(stand: Verified, client: number, options: ProbeOptions): Promise<ProbeAnswer> {
  const answer = await probe(stand.target, probeAddress(client), options).catch((error: Error) =>
    fail(`a probe failed: ${error.message}`),
  );
  if (answer.status !== 200)
    fail(`answered a probe with ${answer.status}, expected 200${HINTS.get(answer.status) ?? ""}`);
  if (!stand.weights.has(answer.backend))
    fail(`an answer came from ${answer.backend === 0 ? "no backend of ours" : `backend ${answer.backend}`}`);
  return answer;
}

async function answers(stand: Verified): Promise<void> {
  await ask(stand, 0);
}

async function tally(stand: Verified, requests: number): Promise<Map<number, number>> {
  const counts = new Map([...stand.weights.keys()].map((id) => [id, 0]));
  for (let i = 0; i < requests; i++) {
    const backend = await ask(stand, i);
    counts.set(backend, (counts.get(backend) ?? 0) + 1);
  }
  return counts;
}

async function onlyTheFirst(stand: Verified): Promise<void> {
  const [first] = stand.weights.keys();
  for (const [id, count] of await tally(stand, 10)) {
    if (id !== first && count > 0)
      fail(`backend ${id} got ${count} of 10 requests, expected all at ${first}`);
  }
}

/** 40 requests per unit of the smallest weight's share: a random choice misses one backend once in 10^17. */
async function reachesEveryBackend(stand: Verified): Promise<void> {
  const missing = new Set(stand.weights.keys());
  const total = [...stand.weights.values()].reduce((sum, weight) => sum + weight, 0);
  const limit = Math.ceil((40 * total) / Math.min(...stand.weights.values()));
  // At once and with some work: a choice by latency rightly leaves out the slower of two idle backends, but not when the other is busy.
  const together = stand.family === "by-load" ? Math.min(4 * stand.weights.size, stand.mostTogether) : 1;
  const spare = stand.weights.size - stand.used;
  for (let sent = 0; sent < limit && missing.size > spare; sent += together) {
    const batch = Array.from({ length: together }, (_, i) =>
      ask(stand, sent + i, together > 1 ? BUSY_MS : 0),
    );
    for (const backend of await Promise.all(batch)) missing.delete(backend);
  }
  if (missing.size > spare) fail(`no request of ${limit} reached backend ${[...missing].join(", ")}`);
}

async function sharesFollowWeights(stand: Verified): Promise<void> {
  const total = [...stand.weights.values()].reduce((sum, weight) => sum + weight, 0);
  const requests = 10 * stand.weights.size;
  const counts = await tally(stand, requests);
  for (const [id, weight] of stand.weights) {
    const expected = (requests * weight) / total;
    // Smooth weighted round robin is never further than one round from its share, whatever came before.
    if (Math.abs((counts.get(id) ?? 0) - expected) > 1 + weight) {
      fail(
        `backend ${id} got ${counts.get(id)} of ${requests} requests in a row, expected ${expected.toFixed(1)}`,
      );
    }
  }
}

/** A probe that has everything a hash may go by, its own for each client. */
function keyed({ hashKey }: Verified, client: number): ProbeOptions {
  const { kind, name } = parseHashKey(hashKey);
  return {
    query: `?probe=${client}`,
    ...(kind === "header" ? { headers: { [name]: `probe-${client}` } } : {}),
    ...(kind === "cookie" ? { cookie: `${name}=probe-${client}` } : {}),
  };
}

async function sameKeySameBackend(stand: Verified): Promise<void> {
  const seen = new Set<number>();
  for (let client = 0; client < 24; client++) {
    const options = keyed(stand, client);
    const backends = new Set<number>();
    for (let time = 0; time < 3; time++) backends.add((await answerTo(stand, client, options)).backend);
    if (backends.size > 1) fail(`one client was sent to backends ${[...backends].join(" and ")}`);
    for (const backend of backends) seen.add(backend);
  }
  if (stand.used > 1 && seen.size === 1) fail("24 clients were all sent to one backend");
}

async function cookieSticks(stand: Verified, name: string): Promise<void> {
  const { backend, cookies } = await answerTo(stand, 0, {});
  const cookie = cookies.find((set) => set.startsWith(`${name}=`));
  if (cookie === undefined) fail(`an answer to a client without a cookie did not set ${name}`);
  for (let client = 1; client <= 6; client++) {
    const again = await answerTo(stand, client, { cookie });
    if (again.backend !== backend)
      fail(`a session of backend ${backend} was sent to backend ${again.backend}`);
  }
}

/**
 * With one request held, a choice that looks at load leaves its backend alone: two draws with replacement still pick it with
 * probability 1/n^2, a choice that does not look with 1/n. 120 requests tell them apart at more than 3 sigma for n >= 3.
 * A request that is sent there all the same waits behind the held one: it counts by not being answered.
 */
async function avoidsHeldBackend(stand: Verified): Promise<void> {
  const n = stand.weights.size;
  if (n < 2) return;
  const requests = 120;
  const answered = new Map([...stand.weights.keys()].map((id) => [id, 0]));
  const held = hold(stand.target, probeAddress(0), HOLD_MS);
  const stuck = new AbortController();
  try {
    // The hold is on its way first; a few answers later it has arrived.
    for (let i = 0; i < 4; i++)
      await within(PATIENCE_MS, probe(stand.target, probeAddress(1), { signal: stuck.signal }));
    for (let i = 0; i < requests; i++) {
      const answer = probe(stand.target, probeAddress(i), { signal: stuck.signal }).then(({ backend }) => {
        answered.set(backend, (answered.get(backend) ?? 0) + 1);
      });
      await within(PATIENCE_MS, answer);
    }
    const unanswered = requests - [...answered.values()].reduce((sum, count) => sum + count, 0);
    const atHeld = Math.min(...answered.values()) + unanswered;
    if (atHeld > requests * (0.55 / n)) {
      fail(
        `${atHeld} of ${requests} requests went to a backend that was busy while ${n - 1} were idle: the choice does not look at load`,
      );
    }
  } finally {
    stuck.abort();
    held.release();
  }
}

const PATIENCE_MS = 30;

/** Waits for the answer, but no longer; what comes later still counts. */
async function within(ms: number, answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  // A probe that is let go at the end fails by design: its absence from the counts is what is looked at.
  await Promise.race([answer.catch(() => undefined), patience]);
  clearTimeout(timer);
}
