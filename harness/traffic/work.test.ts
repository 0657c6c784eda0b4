import assert from "node:assert/strict";
import { test } from "node:test";
import { createRequestShape } from "../live/load/request-bytes.ts";
import { closedTraffic, openTraffic } from "../live/load/testbed.ts";
import { clientAddress } from "./client-address.ts";
import { type Arrival, createTimetable } from "./timetable.ts";
import { createWork } from "./work.ts";

type Open = Parameters<typeof createTimetable>[0];
const EXPONENTIAL = { type: "exponential", mean: 20 } as const;
const home = { name: "home", method: "GET" as const, path: "/", weight: 3, headers: {} };
const MIX = [
  home,
  { ...home, name: "cart", weight: 1, service: { type: "constant" as const, value: 50 } },
] as never;

function poisson(rate: number, warmup: number, duration: number): Open {
  return { ...(openTraffic(rate, { warmup, duration }) as Open), arrivals: { type: "poisson", rate } };
}
const window = (arrivals: Iterable<Arrival>) => [...arrivals].filter((arrival) => arrival.phase === "window");

test("request k is a function of seed and k, in whatever order it is asked for", () => {
  const traffic = openTraffic(10, { clients: 100, requests: MIX });
  const numbers = Array.from({ length: 500 }, (_, k) => k);
  const forward = createWork(traffic, EXPONENTIAL, 1);
  const inOrder = numbers.map((k) => forward.of(k));
  const backward = createWork(traffic, EXPONENTIAL, 1);
  const reversed = [...numbers].reverse().map((k) => backward.of(k));
  assert.deepEqual(reversed.reverse(), inOrder);
  const other = createWork(traffic, EXPONENTIAL, 2);
  assert.notDeepEqual(
    numbers.map((k) => other.of(k)),
    inOrder,
  );
});

test("types come in their weights, each with its own demand, and clients are drawn evenly", () => {
  const work = createWork(openTraffic(10, { clients: 10, requests: MIX }), EXPONENTIAL, 3);
  const all = Array.from({ length: 20_000 }, (_, k) => work.of(k));
  const carts = all.filter((one) => one.type === 1);
  assert.ok(Math.abs(carts.length / all.length - 0.25) < 0.02);
  assert.ok(carts.every((one) => one.demandUs === 50_000));
  const homes = all.filter((one) => one.type === 0);
  const mean = homes.reduce((sum, one) => sum + one.demandUs, 0) / homes.length;
  assert.ok(Math.abs(mean / 20_000 - 1) < 0.05, `mean ${mean}`);
  for (let client = 0; client < 10; client++) {
    const share = all.filter((one) => one.client === client).length / all.length;
    assert.ok(Math.abs(share - 0.1) < 0.02, `client ${client}: ${share}`);
  }
});

test("a user of a closed loop keeps one address", () => {
  const work = createWork(closedTraffic(20, { clients: 8 }), EXPONENTIAL, 1);
  for (let j = 0; j < 5; j++) assert.equal(work.of(j * 20 + 13).client, 13 % 8);
});

test("the window does not depend on the warm-up, nor a shorter window on what is cut off", () => {
  const long = window(createTimetable(poisson(300, 0, 4_000), 100, 5));
  assert.deepEqual(window(createTimetable(poisson(300, 2_500, 4_000), 100, 5)), long);
  const short = window(createTimetable(poisson(300, 0, 1_000), 100, 5));
  assert.deepEqual(short, long.slice(0, short.length));
  const warm = [...createTimetable(poisson(300, 2_500, 0.001), 100, 5)];
  assert.ok(warm.every((arrival) => arrival.dueUs >= -2_500_000 && arrival.dueUs < 1));
  assert.ok(Math.abs(warm.length - 750) < 140);
});

test("constant arrivals are evenly spaced over the window to the microsecond", () => {
  const arrivals = window(
    createTimetable(openTraffic(1_000, { duration: 10_000, warmup: 333 }) as Open, 100, 1),
  );
  assert.equal(arrivals.length, 10_000);
  for (const { k, dueUs } of arrivals) assert.ok(Math.abs(dueUs - k * 1_000) < 1e-3);
});

test("Poisson arrivals of the window have a mean gap and a deviation of 1 / rate", () => {
  const due = window(createTimetable(poisson(1_000, 0, 20_000), 100, 9)).map((arrival) => arrival.dueUs);
  const gaps = due.map((at, i) => at - (due[i - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  assert.ok(Math.abs(mean / 1_000 - 1) < 0.04, `mean ${mean}`);
  assert.ok(Math.abs(deviation / mean - 1) < 0.05, `deviation ${deviation}`);
});

test("every client has a /24 of its own outside 127.0", () => {
  const networks = new Set<string>();
  for (let client = 0; client < 16_000; client++) {
    const octets = clientAddress(client).split(".").map(Number);
    assert.ok(octets[0] === 127 && octets[1]! > 0 && octets.every((octet) => octet >= 0 && octet < 255));
    networks.add(octets.slice(0, 3).join("."));
  }
  assert.equal(networks.size, 16_000);
});

test("a request may hold the number of its client in its path and in the values of its headers", () => {
  const request = {
    ...home,
    path: "/user/{client}",
    headers: { "X-User": "u{client}", Cookie: "session={client}" },
  };
  const shape = createRequestShape(request, openTraffic(1));
  for (const client of [0, 7]) {
    const text = shape.bytes(1, 1, client);
    assert.match(text, new RegExp(`^GET /user/${client} HTTP`));
    assert.match(text, new RegExp(`^X-User: u${client}\\r$`, "m"));
    assert.match(text, new RegExp(`^Cookie: session=${client}\\r$`, "m"));
  }
});

test("a request is framed by us, marked in the window alone, and its text is UTF-8", () => {
  const traffic = openTraffic(1);
  const shape = createRequestShape(
    {
      ...home,
      method: "POST",
      path: "/cart/",
      headers: { Host: "other.example", "content-length": "999", "X-Evenkeel-K": "5", "X-Name": "Zoë" },
      body: "prix=5€",
    },
    traffic,
  );
  const text = (k: number | null) => Buffer.from(shape.bytes(k, 1_234), "latin1").toString("utf8");
  const head =
    "POST /cart/ HTTP/1.1\r\nUser-Agent: evenkeel\r\nHost: other.example\r\nX-Name: Zoë\r\nContent-Length: 9\r\nx-evenkeel-demand-us: 1234";
  assert.equal(text(77), `${head}\r\nx-evenkeel-k: 77\r\n\r\nprix=5€`);
  assert.equal(text(null), `${head}\r\n\r\nprix=5€`);
  assert.deepEqual([shape.idempotent, shape.head], [false, false]);
  const plain = createRequestShape(home, traffic).bytes(0, 1);
  assert.equal(
    plain,
    "GET / HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: evenkeel\r\nx-evenkeel-demand-us: 1\r\nx-evenkeel-k: 0\r\n\r\n",
  );
});
