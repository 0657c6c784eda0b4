import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { HEADER_BACKEND, HEADER_DEMAND_US } from "../../backends/protocol.ts";
import { algorithms } from "../../balancers/algorithms/registry.ts";
import { builtin } from "../../balancers/builtin/balancer.ts";
import { VerificationError } from "../trial.ts";
import { type Verified, verify } from "./verify.ts";

const BACKENDS = 4;

/** Requests in progress at each backend, from 0. */
type InFlight = readonly number[];
type Choice = (request: IncomingMessage, inFlight: InFlight) => number;

/** A balancer with backends in one: each answers after the request's demand, however many it has. Runs `about` against it. */
async function standing(
  choose: Choice,
  change: Partial<Verified> & { readonly algorithm: string },
  { status = 200, sets = false } = {},
): Promise<void> {
  const inFlight = new Array<number>(BACKENDS).fill(0);
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((request, response) => {
    const at = choose(request, inFlight);
    inFlight[at]! += 1;
    response.once("close", () => {
      inFlight[at]! -= 1;
    });
    const timer = setTimeout(() => {
      timers.delete(timer);
      const cookie = sets ? { "Set-Cookie": `SRV=backend-${at + 1}; path=/` } : {};
      response.writeHead(status, { [HEADER_BACKEND]: at + 1, ...cookie }).end();
    }, Number(request.headers[HEADER_DEMAND_US]) / 1_000);
    timers.add(timer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { algorithm, ...rest } = change;
  const contestant = {
    balancer: builtin,
    name: "fake",
    algorithm,
    note: null,
    zone: true,
    tuning: "parity" as const,
    control: false,
    ownConfig: null,
    definition: algorithms.find(({ name }) => name === algorithm) ?? null,
    algorithmFile: null,
  };
  try {
    await verify({
      contestant,
      target: { host: "127.0.0.1", port: (server.address() as AddressInfo).port, hostHeader: "shop.example" },
      weights: new Map(Array.from({ length: BACKENDS }, (_, at) => [at + 1, 1])),
      used: BACKENDS,
      mostTogether: Number.POSITIVE_INFINITY,
      sharedState: true,
      family: "static",
      hashKey: "client-address",
      ...rest,
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    server.closeAllConnections();
    server.close();
  }
}

const refuses = (about: Promise<void>, words: RegExp): Promise<void> =>
  assert.rejects(about, (error: unknown) => error instanceof VerificationError && words.test(error.message));

function turns(): Choice {
  let next = 0;
  return () => next++ % BACKENDS;
}
function chance(): Choice {
  const rng = createRng(1);
  return () => rng.int(BACKENDS);
}
function idlest(): Choice {
  const rng = createRng(1);
  return (_, inFlight) => {
    const least = Math.min(...inFlight);
    const equals = inFlight.flatMap((count, at) => (count === least ? [at] : []));
    return equals[rng.int(equals.length)]!;
  };
}
/** The client's /24: a different one for every probe address. */
const byClient: Choice = ({ socket }) =>
  (socket.remoteAddress ?? "").split(".").reduce((sum, octet) => sum + Number(octet), 0) % BACKENDS;

const RR = { algorithm: "round-robin" };
const LC = { algorithm: "least-connections", family: "by-load" } as const;
const STICKY = { algorithm: "sticky-cookie", family: "by-load" } as const;
const HASH = { algorithm: "ip-hash", family: "by-key" } as const;

test("a balancer that plays the algorithm passes", async () => {
  await standing(turns(), RR);
  await standing(chance(), { algorithm: "random" });
  await standing(idlest(), LC);
  await standing(byClient, HASH);
});

test("one that draws at random is not round robin", () =>
  refuses(standing(chance(), RR), /in a row, expected 10\.0/));

test("one that follows other weights is not weighted round robin", () =>
  refuses(
    standing(turns(), {
      algorithm: "weighted-round-robin",
      weights: new Map([
        [1, 5],
        [2, 1],
        [3, 1],
        [4, 1],
      ]),
    }),
    /backend 1 got 10 of 40 requests in a row, expected 25\.0/,
  ));

test("one that does not look at the load is not least connections", () =>
  refuses(standing(chance(), LC), /the choice does not look at load/));

test("one that sends a client here and there is not a hash", () =>
  refuses(standing(turns(), HASH), /one client was sent to backends /));

test("one that sees all clients as one is no use as a hash", () =>
  refuses(
    standing(() => 0, HASH),
    /24 clients were all sent to one backend/,
  ));

const someOfThree = createRng(2);

test("one that sets no cookie, and one that does not heed it, is not sticky", async () => {
  await refuses(standing(chance(), STICKY), /to a client without a cookie did not set SRV/);
  await refuses(standing(turns(), STICKY, { sets: true }), /a session of backend \d was sent to backend \d/);
});

test("the first takes everything, and one that spreads is not first", async () => {
  const first = { algorithm: "first", family: "static" } as const;
  await standing(() => 0, first);
  await refuses(standing(turns(), first), /backend 2 got 3 of 10 requests, expected all at 1/);
});

test("one that leaves a backend out is refused", () =>
  refuses(
    standing(() => someOfThree.int(3), { algorithm: "random" }),
    /no request of 160 reached backend 4/,
  ));

test("one whose workers each have a state of their own is only asked whether it reaches every backend", () =>
  standing(chance(), { ...RR, sharedState: false }));

test("one that answers with an error is refused", () =>
  refuses(standing(turns(), RR, { status: 400 }), /answered a probe with 400, expected 200/));

test("one that is not there is refused", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  await refuses(
    standing(turns(), { ...RR, target: { host: "127.0.0.1", port, hostHeader: "shop.example" } }),
    /a probe failed: .*ECONNREFUSED/,
  );
});
