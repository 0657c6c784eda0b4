import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer } from "./raw-server.ts";
import { createRequestShape } from "./request-bytes.ts";
import { closedTraffic, openTraffic, playAgainst } from "./testbed.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";

/** Sets a cookie of its own to every client that brings none; what came is told by client address. */
async function cookieServer() {
  const brought = new Map<string, string[]>();
  const server = await startServer((socket, _index, head) => {
    const cookie = /^cookie: (.*)$/im.exec(head)?.[1]?.trim() ?? "";
    const client = socket.remoteAddress ?? "";
    brought.set(client, [...(brought.get(client) ?? []), cookie]);
    const set = cookie === "" ? `Set-Cookie: other=x\r\nset-cookie: ${cookieOf(client)}; path=/\r\n` : "";
    socket.write(`${ANSWER}${set}\r\nok`);
  });
  return { server, brought };
}
const cookieOf = (client: string): string => `SRV=${client}`;

for (const [model, traffic] of [
  ["open", openTraffic(60, { duration: 2_500, clients: 4 })],
  ["closed", closedTraffic(4, { duration: 2_500, think: 20 })],
] as const) {
  test(`every client of an ${model} load brings back the one cookie that it was given, and no other`, async () => {
    const { server, brought } = await cookieServer();
    const { counts } = await playAgainst(server.port, traffic, { plan: { cookie: "SRV" } });
    await server.close();
    assert.equal(counts.connectionError, 0);
    if (process.platform === "linux") assert.equal(brought.size, 4);
    for (const [client, cookies] of brought) {
      // Those that were under way before the first answer brought none.
      assert.deepEqual(new Set(cookies), new Set(["", cookieOf(client)]));
    }
  });

  test(`clients of an ${model} load that are not told to keep a cookie keep none`, async () => {
    const { server, brought } = await cookieServer();
    await playAgainst(server.port, traffic);
    await server.close();
    assert.deepEqual(new Set([...brought.values()].flat()), new Set([""]));
  });
}

test("a kept cookie joins the scenario's own in one field", () => {
  const home = { name: "home", method: "GET" as const, path: "/", weight: 1, headers: { Cookie: "a=1" } };
  const shape = createRequestShape(home, openTraffic(1));
  const cookies = (text: string): readonly string[] => text.match(/^cookie: .*$/gim) ?? [];
  assert.deepEqual(cookies(shape.bytes(0, 1)), ["Cookie: a=1"]);
  assert.deepEqual(cookies(shape.bytes(0, 1, 0, "SRV=backend-2")), ["Cookie: a=1; SRV=backend-2"]);
});
