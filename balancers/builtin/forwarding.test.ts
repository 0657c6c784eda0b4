import assert from "node:assert/strict";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import { deadPort, dial, exchange, HOST, httpBackend, proxyTo, rawBackend, until } from "./testkit.ts";

const close = "Connection: close\r\n";

test("method, target, status, reason, headers in their order and repeats, and bodies arrive as they were sent", async (t) => {
  let seen = "";
  const backend = await httpBackend(t, (request, reply) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      seen = `${request.method} ${request.url} ${body}`;
      reply.writeHead(418, "Short And Stout", [
        "Set-Cookie",
        "a=1",
        "X-B",
        "2",
        "Set-Cookie",
        "c=3",
        "Content-Length",
        "4",
      ]);
      reply.end("teat");
    });
  });
  const { port } = await proxyTo(t, [backend]);
  const answer = await exchange(
    port,
    `PUT /a%20b?c=d&e HTTP/1.1\r\nHost: shop\r\n${close}Content-Length: 5\r\n\r\nhello`,
  );
  assert.equal(seen, "PUT /a%20b?c=d&e hello");
  assert.match(answer, /^HTTP\/1\.1 418 Short And Stout\r\n/);
  assert.match(answer, /Set-Cookie: a=1\r\nX-B: 2\r\nSet-Cookie: c=3\r\nContent-Length: 4\r\n/);
  assert.match(answer, /\r\n\r\nteat$/);
});

async function headersSeen(
  t: TestContext,
  lines: string,
  host: "preserve" | "upstream" | string = "preserve",
): Promise<{ headers: IncomingHttpHeaders; port: number; backendPort: number }> {
  let headers: IncomingHttpHeaders = {};
  const backend = await httpBackend(t, (request, reply) => {
    headers = request.headers;
    reply.end();
  });
  const { port } = await proxyTo(t, [backend], () => ({ host, via: host !== "preserve" }));
  await exchange(port, `GET / HTTP/1.1\r\n${lines}\r\n`);
  return { headers, port, backendPort: backend.port };
}

test("hop-by-hop headers of the request end here, those that Connection names too", async (t) => {
  const { headers } = await headersSeen(
    t,
    "Host: shop\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nX-Stays: 2\r\nKeep-Alive: 5\r\nTE: trailers\r\nTrailer: X-T\r\nProxy-Authorization: secret\r\nProxy-Connection: keep-alive\r\n",
  );
  assert.equal(headers["x-stays"], "2");
  assert.equal(headers.connection, "keep-alive");
  for (const name of ["x-hop", "keep-alive", "te", "trailer", "proxy-authorization", "proxy-connection"]) {
    assert.equal(headers[name], undefined, name);
  }
});

test("hop-by-hop headers of the response end here, those that Connection names too", async (t) => {
  const backend = await rawBackend(t, (socket) =>
    socket.end(
      "HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nX-Stays: 2\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ),
  );
  const { port } = await proxyTo(t, [backend]);
  const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: shop\r\n${close}\r\n`);
  assert.match(answer, /X-Stays: 2\r\n/);
  assert.doesNotMatch(answer, /X-Hop|timeout=9|Proxy-Authenticate/);
  assert.equal(answer.match(/transfer-encoding: chunked/gi)?.length, 1);
  assert.match(answer, /\r\n\r\n2\r\nok\r\n0\r\n\r\n$/);
});

test("X-Forwarded-For is appended to, and Proto and Host are ours whatever the client claims", async (t) => {
  const { headers } = await headersSeen(
    t,
    `Host: shop.example\r\n${close}X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n`,
  );
  assert.equal(headers["x-forwarded-for"], "10.0.0.1, 127.0.0.1");
  assert.equal(headers["x-forwarded-proto"], "http");
  assert.equal(headers["x-forwarded-host"], "shop.example");
  assert.equal(headers.via, undefined);
});

test("the Host policy preserves the client's, names the backend's address, or sets its own", async (t) => {
  const lines = `Host: shop.example\r\n${close}`;
  assert.equal((await headersSeen(t, lines)).headers.host, "shop.example");
  const upstream = await headersSeen(t, lines, "upstream");
  assert.equal(upstream.headers.host, `${HOST}:${upstream.backendPort}`);
  assert.equal(upstream.headers.via, "1.1 evenkeel");
  assert.equal((await headersSeen(t, lines, "django.internal")).headers.host, "django.internal");
});

test("a target in absolute form goes on as path and host", async (t) => {
  let seen = "";
  const backend = await httpBackend(t, (request, reply) => {
    seen = `${request.headers.host} ${request.url}`;
    reply.end();
  });
  const { port } = await proxyTo(t, [backend]);
  await exchange(port, `GET http://other.example?q=1 HTTP/1.1\r\nHost: shop\r\n${close}\r\n`);
  assert.equal(seen, "other.example /?q=1");
  assert.match(await exchange(port, `OPTIONS * HTTP/1.1\r\nHost: shop\r\n${close}\r\n`), /^HTTP\/1\.1 400 /);
});

test("responses stream: the first bytes arrive while the backend still works, the head even before any", async (t) => {
  let go = (): void => undefined;
  const backend = await httpBackend(t, (_, reply) => {
    reply.writeHead(200, { "X-Early": "yes" });
    reply.flushHeaders();
    go = () => {
      reply.write("one");
      go = () => reply.end("two");
    };
  });
  const { port } = await proxyTo(t, [backend]);
  const socket = await dial(t, port);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  await until(() => answer.includes("X-Early: yes"), "the head");
  assert.ok(!answer.includes("one"));
  go();
  await until(() => answer.includes("one"), "the first part");
  assert.ok(!answer.includes("two"));
  go();
  await until(() => answer.endsWith("0\r\n\r\n"), "the end");
});

test("requests stream: the backend reads the first part while the client still sends", async (t) => {
  let seen = "";
  const backend = await httpBackend(t, (request, reply) => {
    request.on("data", (chunk) => {
      seen += chunk;
    });
    request.on("end", () => reply.end(seen));
  });
  const { port } = await proxyTo(t, [backend]);
  const socket = await dial(t, port);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write("POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  await until(() => seen === "one", "the first part");
  socket.write("3\r\ntwo\r\n0\r\n\r\n");
  await until(() => answer.includes("onetwo"), "the answer");
});

test("HEAD, 204 and 304 have no body, and the connection serves the next request", async (t) => {
  const backend = await httpBackend(t, (request, reply) => {
    if (request.url === "/204") reply.writeHead(204).end();
    else if (request.url === "/304") reply.writeHead(304, { ETag: '"x"', "Content-Length": "99" }).end();
    else
      reply.writeHead(200, { "Content-Length": "7" }).end(request.method === "HEAD" ? undefined : "content");
  });
  const { port } = await proxyTo(t, [backend]);
  const ask = (line: string): string => `${line} HTTP/1.1\r\nHost: shop\r\n`;
  const answer = await exchange(
    port,
    `${ask("HEAD /")}\r\n${ask("GET /204")}\r\n${ask("GET /304")}\r\n${ask("GET /")}${close}\r\n`,
  );
  const heads = answer.split(/(?=HTTP\/1\.1 )/);
  assert.deepEqual(
    heads.map((head) => head.slice(9, 12)),
    ["200", "204", "304", "200"],
  );
  assert.match(heads[0] as string, /Content-Length: 7\r\n[\s\S]*\r\n\r\n$/i);
  assert.doesNotMatch(heads[1] as string, /content-length|transfer-encoding/i);
  assert.match(heads[2] as string, /\r\n\r\n$/);
  assert.match(heads[3] as string, /\r\n\r\ncontent$/);
});

test("Expect: 100-continue is answered here and does not go on", async (t) => {
  let headers: IncomingHttpHeaders = {};
  const backend = await httpBackend(t, (request, reply) => {
    headers = request.headers;
    request.pipe(reply);
  });
  const { port } = await proxyTo(t, [backend]);
  const socket = await dial(t, port);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write("POST / HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  await until(() => answer.startsWith("HTTP/1.1 100 Continue\r\n\r\n"), "100 Continue");
  socket.write("body");
  await until(() => answer.includes("body"), "the answer");
  assert.equal(headers.expect, undefined);
});

test("trailers and informational responses of the backend do no harm; trailers go on", async (t) => {
  const backend = await rawBackend(t, (socket) =>
    socket.write(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 42\r\n\r\n",
    ),
  );
  const { port } = await proxyTo(t, [backend]);
  const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: shop\r\n${close}\r\n`);
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /2\r\nok\r\n0\r\nX-Sum: 42\r\n\r\n$/);
});

test("upgrades and tunnels are refused with 501, an h2c offer is ignored", async (t) => {
  const backend = await httpBackend(t, (_, reply) => reply.end("plain"));
  const { port, attempts } = await proxyTo(t, [backend]);
  const ask = (name: string): string =>
    `GET / HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, close\r\nUpgrade: ${name}\r\n\r\n`;
  assert.match(await exchange(port, ask("websocket")), /^HTTP\/1\.1 501 .*upgrades are not supported/s);
  assert.match(await exchange(port, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 501 /);
  assert.deepEqual(attempts, []);
  assert.match(await exchange(port, ask("h2c")), /^HTTP\/1\.1 200 .*plain/s);
});

test("requests with two readings are refused and reach no backend", async (t) => {
  const backend = await httpBackend(t, (_, reply) => reply.end());
  const { port, attempts } = await proxyTo(t, [backend]);
  const head = `POST / HTTP/1.1\r\nHost: shop\r\n${close}`;
  const refused: readonly (readonly [string, number])[] = [
    ["Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400],
    ["Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400],
    ["Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400],
    ["Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501],
    ["Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400],
    ["Content-Length: +1\r\n\r\na", 400],
    ["X-A: b\r\n folded\r\nContent-Length: 0\r\n\r\n", 400],
    ["X-A: b\nX-C: d\0\r\n\r\n", 400],
  ];
  for (const [rest, status] of refused) {
    assert.match(
      await exchange(port, head + rest),
      new RegExp(`^HTTP/1\\.1 ${status} `),
      JSON.stringify(rest),
    );
  }
  assert.match(await exchange(port, `GET / HTTP/1.1\r\n${close}\r\n`), /^HTTP\/1\.1 400 /, "no Host");
  assert.match(await exchange(port, `${head}X: ${"y".repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.deepEqual(attempts, []);
});

test("connections are kept on both sides where the backend allows it", async (t) => {
  const keeps = await httpBackend(t, (_, reply) => reply.end("ok"));
  const closes = await httpBackend(t, (_, reply) => reply.writeHead(200, { Connection: "close" }).end("ok"));
  for (const [backend, connections] of [
    [keeps, 1],
    [closes, 5],
  ] as const) {
    const { port } = await proxyTo(t, [backend], (base) => ({
      timeouts: { ...base.timeouts, upstreamIdleMs: 4_000 },
    }));
    const socket = await dial(t, port);
    let answers = 0;
    socket.on("data", () => answers++);
    for (let k = 1; k <= 5; k++) {
      socket.write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
      await until(() => answers === k, `answer ${k}`);
    }
    assert.equal(backend.connections, connections);
  }
});

test("an idle connection to a backend is closed by us, before the backend would", async (t) => {
  let isOpen = false;
  const backend = await rawBackend(t, (socket) => {
    isOpen = true;
    socket.on("close", () => {
      isOpen = false;
    });
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const { port } = await proxyTo(t, [backend], (base) => ({
    timeouts: { ...base.timeouts, upstreamIdleMs: 50 },
  }));
  await exchange(port, `GET / HTTP/1.1\r\nHost: shop\r\n${close}\r\n`);
  await until(() => !isOpen, "the idle connection to be closed");
});

test("when the client goes away the backend's connection is aborted and nothing stays in flight", async (t) => {
  let arrived = false;
  let aborted = false;
  const backend = await httpBackend(t, (_, reply) => {
    arrived = true;
    reply.on("close", () => {
      aborted = !reply.writableFinished;
    });
  });
  const proxy = await proxyTo(t, [backend]);
  const socket = await dial(t, proxy.port);
  socket.write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  await until(() => arrived, "the request");
  assert.deepEqual(proxy.inflight(), [1]);
  socket.destroy();
  await until(() => aborted, "the abort");
  await until(() => proxy.inflight()[0] === 0, "nothing in flight");
  assert.deepEqual(proxy.dispatcher.pool.eligible, [0], "that is no failure of the backend");
});

const MIB = 2 ** 20;

test("a client that does not read holds the backend back instead of filling memory, then gets every byte", async (t) => {
  const total = 64 * MIB;
  let produced = 0;
  const piece = Buffer.alloc(64 * 1_024, "x");
  const backend = await httpBackend(t, (_, reply) => {
    reply.writeHead(200, { "Content-Length": total });
    const produce = (): void => {
      while (produced < total) {
        produced += piece.length;
        if (!reply.write(piece)) {
          reply.once("drain", produce);
          return;
        }
      }
      reply.end();
    };
    produce();
  });
  const { port } = await proxyTo(t, [backend]);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest({ host: HOST, port, agent: false }, resolve).on("error", reject).end();
  });
  let before = -1;
  await until(() => {
    const isStill = produced === before && produced > 0;
    before = produced;
    return isStill;
  }, "the backend to be held back");
  assert.ok(produced < total / 2, `${produced / MIB} MiB left the backend`);
  let received = 0;
  for await (const chunk of response) received += (chunk as Buffer).length;
  assert.equal(received, total);
});

test("a backend that does not read holds the client back instead of filling memory", async (t) => {
  let reading: (() => void) | null = null;
  let received = 0;
  const total = 64 * MIB;
  const backend = await httpBackend(t, (request, reply) => {
    reading = () => {
      request.on("data", (chunk) => {
        received += chunk.length;
      });
      request.on("end", () => reply.end("done"));
    };
  });
  const { port } = await proxyTo(t, [backend]);
  const socket = await dial(t, port);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write(`POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: ${total}\r\n\r\n`);
  let sent = 0;
  const piece = Buffer.alloc(64 * 1_024, "x");
  const send = (): void => {
    while (sent < total) {
      sent += piece.length;
      if (!socket.write(piece)) {
        socket.once("drain", send);
        return;
      }
    }
  };
  send();
  await until(() => reading !== null, "the request");
  let before = -1;
  await until(() => {
    const isStill = sent === before;
    before = sent;
    return isStill;
  }, "the client to be held back");
  assert.ok(sent < total / 2, `${sent / MIB} MiB left the client`);
  (reading as (() => void) | null)?.();
  await until(() => answer.includes("done"), "the answer");
  assert.equal(received, total);
});

test("a response without a length ends with its connection, and goes on in chunks", async (t) => {
  const backend = await rawBackend(t, (socket) =>
    socket.end("HTTP/1.0 200 OK\r\nX-Old: yes\r\n\r\nall of it"),
  );
  const { port } = await proxyTo(t, [backend]);
  const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: shop\r\n${close}\r\n`);
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\nX-Old: yes\r\n[\s\S]*\r\n\r\n9\r\nall of it\r\n0\r\n\r\n$/);
});

test("a client that goes away in the middle of its upload aborts it at the backend", async (t) => {
  let aborted = false;
  let arrived = false;
  const backend = await httpBackend(t, (request) => {
    request.on("data", () => {
      arrived = true;
    });
    request.on("error", () => {
      aborted = true;
    });
  });
  const proxy = await proxyTo(t, [backend]);
  const socket = await dial(t, proxy.port);
  socket.write("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\nabc");
  await until(() => arrived, "the first part");
  socket.destroy();
  await until(() => aborted && proxy.inflight()[0] === 0, "the abort");
});

test("a backend that resets in the middle of an upload, or refuses it, is 502", async (t) => {
  const body = "x".repeat(8 * MIB);
  const head = `POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: ${body.length}\r\n\r\n`;
  const resets = await rawBackend(t, (socket) => socket.resetAndDestroy());
  for (const backend of [resets, { port: await deadPort(t) }]) {
    const { port, attempts } = await proxyTo(t, [backend]);
    const socket = await dial(t, port);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.write(head + body);
    await until(() => answer.startsWith("HTTP/1.1 502 "), "the 502");
    assert.deepEqual(attempts, [0]);
  }
});

test("an answer before the whole upload reaches the client", async (t) => {
  const backend = await rawBackend(t, (socket) =>
    socket.write("HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig", () =>
      socket.end(),
    ),
  );
  const { port } = await proxyTo(t, [backend]);
  const socket = await dial(t, port);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\nabc");
  await until(() => /^HTTP\/1\.1 413 [\s\S]*big$/.test(answer), "the 413");
});
