import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startBackend } from "../../../backends/testing.ts";
import { capacityOf } from "../../../scenarios/capacity.ts";
import { mixOf, spelledOut } from "../../../scenarios/requests.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { playAll } from "../../simulation/testkit.ts";
import { MARK, sessionOf } from "../../traffic/visitor.ts";
import { startServer } from "./raw-server.ts";
import { fillIn } from "./request-bytes.ts";
import { outcomeOf, type Played, playAgainst } from "./testbed.ts";

const shop = (traffic: object, backends: object = {}) =>
  scenarioOf({
    backends: { count: 1, workers: 8, service: { type: "constant", value: "1ms" }, ...backends },
    traffic: {
      mix: "ordering",
      sessions: { think: "100ms", length: 8 },
      arrivals: { type: "poisson", load: 0.02 },
      warmup: "500ms",
      duration: "2s",
      ...traffic,
    },
  });

const closedShop = () =>
  scenarioOf({
    backends: { count: 1, workers: 8, service: { type: "constant", value: "1ms" } },
    traffic: {
      model: "closed",
      connections: 12,
      mix: "ordering",
      sessions: { think: "100ms", length: 8 },
      warmup: "500ms",
      duration: "2s",
    },
  });

async function play(t: TestContext, scenario: ReturnType<typeof shop>): Promise<Played & { orders: number }> {
  const { workers, django, sessionBackend } = scenario.backends;
  const { port, ledger } = await startBackend(t, { workers, django, sessionBackend });
  const { traffic } = spelledOut(scenario);
  const capacity = capacityOf(scenario).arrivalsPerSecond;
  const plan = { service: scenario.backends.service, capacity, seed: 1 };
  const played = await playAgainst(port, traffic, { plan });
  const orders = ledger.filter(([event, k]) => event === "ordered" && k !== 0xffff_ffff).length;
  return { ...played, orders };
}

const withMark = ({ rows }: Played, bit: number) => rows.filter(({ mark }) => (mark & bit) !== 0);

/** Types and statuses of answers that are errors; a machine that stalls may leave a request without one. */
const refused = ({ rows }: Played) =>
  rows.filter(({ status }) => status >= 400).map(({ type, status }) => [type, status]);

const MIXES = ["browsing", "shopping", "ordering", "boutique", "amazon-like"] as const;

for (const mix of MIXES) {
  test(`visitors of ${mix} find their way through the shop: every answer is the one they expect`, async (t) => {
    const played = await play(t, shop({ mix }));
    assert.ok(played.rows.length > 50, `${played.rows.length} requests`);
    assert.deepEqual(refused(played), []);
    assert.equal(withMark(played, MARK.expired).length, 0);
    assert.ok(
      played.orders >= withMark(played, MARK.order).length,
      "every order that was confirmed was placed",
    );
    if (mix === "ordering" || mix === "boutique") assert.ok(played.orders > 0);
  });
}

test("a backend that is Django 3.2 takes their tokens too", async (t) => {
  const played = await play(t, shop({}, { django: "3.2" }));
  assert.deepEqual(refused(played), []);
  assert.equal(withMark(played, MARK.expired).length, 0);
});

test("played request by request, the clients have got what their POSTs need before the window", async (t) => {
  const scenario = shop({
    mix: "amazon-like",
    sessions: "none",
    arrivals: { type: "poisson", load: 0.025 },
    clients: 16,
    warmup: "2s",
  });
  const played = await play(t, scenario);
  assert.ok(played.rows.length > 300);
  assert.deepEqual(refused(played), []);
  assert.ok(withMark(played, MARK.expired).length < 0.05 * played.rows.length);
});

test("users of a closed loop are in sessions one after the other", async (t) => {
  const scenario = closedShop();
  const played = await play(t, scenario);
  assert.ok(played.rows.length > 50);
  assert.deepEqual(refused(played), []);
  assert.ok(withMark(played, MARK.end).length > 3);
  assert.ok(played.orders >= withMark(played, MARK.order).length);
});

test("a request has the type, the client and the demand on the wire that it has in the simulator", async (t) => {
  const scenario = shop({}, { service: { type: "exponential", mean: "2ms" } });
  const { rows } = await play(t, scenario);
  const simulated = new Map<number, readonly number[]>();
  playAll(scenario, "round-robin", 1, ({ k, type, client, serviceUs }) =>
    simulated.set(k, [type, client, serviceUs]),
  );
  let common = 0;
  for (const { k, type, client, serviceUs } of rows) {
    const same = simulated.get(k);
    if (same === undefined) continue;
    common += 1;
    assert.deepEqual([type, client], same.slice(0, 2));
    assert.ok(Math.abs(serviceUs - (same[2] ?? 0)) <= 1);
  }
  assert.ok(common > 0.8 * rows.length, `${common} of ${rows.length}`);
});

test("a visitor that is sent to the login, or gets no answer, leaves", async () => {
  let answers = 0;
  const server = await startServer((socket, _index, head) => {
    answers += 1;
    if (answers % 5 === 0) return socket.write("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n");
    if (head.startsWith("GET /catalogue/") && answers % 3 === 0)
      return socket.write(
        "HTTP/1.1 302 Found\r\nLocation: /accounts/login/?next=/\r\nContent-Length: 0\r\n\r\n",
      );
    const leadsTo = /^POST/.test(head) ? "HTTP/1.1 302 Found\r\nLocation: /basket/" : "HTTP/1.1 200 OK";
    socket.write(`${leadsTo}\r\nContent-Length: 0\r\n\r\n`);
  });
  const scenario = shop({ mix: "boutique" });
  const { traffic } = spelledOut(scenario);
  const played = await playAgainst(server.port, traffic, { plan: { capacity: 100 } });
  await server.close();
  const expired = withMark(played, MARK.expired);
  assert.ok(expired.length > 0);
  const failed = played.rows.filter((row) => outcomeOf(row) !== "ok");
  assert.ok(failed.length > 0);
  for (const { k } of [...expired, ...failed])
    assert.ok(!played.rows.some((row) => sessionOf(row.k) === sessionOf(k) && row.k > k));
});

test("a form is sent with its token and the length that follows from it", () => {
  const bytes =
    "POST /basket/add/{product}/ HTTP/1.1\r\nContent-Length: {length}\r\n\r\ncsrfmiddlewaretoken={csrf}&q=1";
  assert.equal(
    fillIn(bytes, 7, "abc"),
    "POST /basket/add/7/ HTTP/1.1\r\nContent-Length: 27\r\n\r\ncsrfmiddlewaretoken=abc&q=1",
  );
  assert.equal(fillIn("GET /a_{product}/ HTTP/1.1\r\n\r\n", 9, null), "GET /a_9/ HTTP/1.1\r\n\r\n");
});

test("a mix is planned with its requests spelt out", () => {
  const scenario = shop({});
  assert.equal(spelledOut(scenario).traffic.requests.length, mixOf(scenario)?.mix.requests.length);
});
