import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { type Exchange, exchange, request, startBackend } from "../testing.ts";

const TOKEN = "a".repeat(32);
const CSRF = [`Cookie: csrftoken=${TOKEN}`, `X-CSRFToken: ${TOKEN}`];

/** Parts that differ from run to run, by name. */
function normalise(response: Exchange): string {
  const head = response.head
    .join("\n")
    .replace(/[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT/g, "<date>")
    .replace(/csrftoken=[A-Za-z0-9]{32};/, "csrftoken=<32>;")
    .replace(/sessionid=[a-z0-9]{32};/, "sessionid=<32>;")
    .replace(/lag=\d+/, "lag=<us>");
  const chunked = response.head.includes("Transfer-Encoding: chunked");
  return `${head}\n(body: ${response.body.length} bytes${chunked ? " in chunks" : ""})\n`;
}

test("heads are on the wire as Django 5.2 behind gunicorn writes them, in order and case", async (t) => {
  const sync = await startBackend(t);
  const gthread = await startBackend(t, { mode: "gthread" });
  const form = (fields: string) => [
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${fields.length}`,
  ];
  const login = "username=demo&password=demo";
  const cases: [string, number, string][] = [
    ["health view, sync", sync.port, request("GET /healthz/")],
    ["health view, gthread", gthread.port, request("GET /healthz/", ["Connection: close"])],
    ["home", sync.port, request("GET /")],
    ["home, HEAD", sync.port, request("HEAD /")],
    ["products as JSON", sync.port, request("GET /api/products/?page=2")],
    ["not found", sync.port, request("GET /nowhere/")],
    ["slash appended", sync.port, request("GET /catalogue?sort=new")],
    ["host with an underscore", sync.port, "GET / HTTP/1.1\r\nHost: django_servers\r\n\r\n"],
    ["host with an underscore, HTTP/1.0", sync.port, "GET / HTTP/1.0\r\nHost: django_servers\r\n\r\n"],
    ["login required", sync.port, request("GET /accounts/profile/")],
    ["login page", sync.port, request("GET /accounts/login/")],
    ["login", sync.port, request("POST /accounts/login/", [...CSRF, ...form(login)], login)],
    [
      "login failed",
      sync.port,
      request("POST /accounts/login/", [...CSRF, ...form("username=x")], "username=x"),
    ],
    ["basket", sync.port, request("GET /basket/")],
    ["added to basket", sync.port, request("POST /basket/add/7/", [...CSRF, "Content-Length: 0"])],
    ["no CSRF cookie", sync.port, request("POST /basket/add/7/", ["Content-Length: 0"])],
    ["POST to a page that takes GET", sync.port, request("POST /healthz/", [...CSRF, "Content-Length: 0"])],
    ["page with a form", sync.port, request("GET /catalogue/blue-lamp_7/")],
    ["no HTTP", sync.port, "HELLO\r\n\r\n"],
  ];
  let golden = "";
  for (const [name, port, text] of cases) golden += `== ${name}\n${normalise(await exchange(port, text))}\n`;
  const file = new URL("./testdata/heads.txt", import.meta.url);
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, golden);
  assert.equal(golden, readFileSync(file, "utf8"));
});

test("error pages are Django's to the byte", async (t) => {
  const page = (title: string, details: string) =>
    `\n<!doctype html>\n<html lang="en">\n<head>\n  <title>${title}</title>\n</head>\n<body>\n  <h1>${title}</h1><p>${details}</p>\n</body>\n</html>\n`;
  const { backend, port } = await startBackend(t);
  const missing = await exchange(port, request("GET /nowhere/"));
  assert.equal(missing.body, page("Not Found", "The requested resource was not found on this server."));
  assert.equal(missing.body.length, 179);
  backend.reset({
    zeroNs: String(process.hrtime.bigint()),
    faults: [{ type: "error", at: 0, for: 60_000, backend: 3, status: 500, share: 1 } as never],
  });
  const failed = await exchange(port, request("GET /"));
  assert.equal(failed.body, page("Server Error (500)", ""));
  assert.equal(failed.body.length, 145);
  assert.deepEqual(
    failed.head.slice(2).map((header) => header.split(":")[0]),
    [
      "Date",
      "Connection",
      "Content-Type",
      "X-Frame-Options",
      "Content-Length",
      "X-Content-Type-Options",
      "Referrer-Policy",
      "Cross-Origin-Opener-Policy",
      "x-evenkeel-backend",
      "x-evenkeel-times",
    ],
  );
});

test("a session begins with the first write and is known to every backend of the deployment", async (t) => {
  const first = await startBackend(t);
  const second = await startBackend(t, { id: 4, seed: 9 });
  const body = `username=demo&password=demo&csrfmiddlewaretoken=${TOKEN}`;
  const login = await exchange(
    first.port,
    request(
      "POST /accounts/login/",
      [
        `Cookie: csrftoken=${TOKEN}`,
        "Content-Type: application/x-www-form-urlencoded",
        `Content-Length: ${body.length}`,
      ],
      body,
    ),
  );
  assert.equal(login.status, 302);
  const cookie = /sessionid=([a-z0-9]{32});/.exec(login.text)?.[1] ?? "";
  const profile = (id: string) =>
    exchange(second.port, request("GET /accounts/profile/", [`Cookie: sessionid=${id}`]));
  assert.equal((await profile(cookie)).status, 200);
  assert.equal((await profile(`u${cookie.slice(1, -1)}${cookie.endsWith("a") ? "b" : "a"}`)).status, 302);
  const added = await exchange(
    first.port,
    request("POST /basket/add/1/", [
      `Cookie: csrftoken=${TOKEN}; sessionid=${cookie}`,
      `X-CSRFToken: ${TOKEN}`,
      "Content-Length: 0",
    ]),
  );
  const changed = /sessionid=([a-z0-9]{32});/.exec(added.text)?.[1] ?? "";
  assert.match(
    (await exchange(second.port, request("GET /basket/", [`Cookie: sessionid=${changed}`]))).body,
    /1 in your basket/,
  );
});

test("what a client sends does not come back as markup, and a login does not lead to another site", async (t) => {
  const { port } = await startBackend(t);
  const found = await exchange(port, request("GET /search/?q=%3Cscript%3E"));
  assert.equal(found.body.includes("<script>"), false);
  const page = await exchange(port, request("GET /accounts/login/", ['Cookie: csrftoken="><script>']));
  assert.equal(page.body.includes("<script>"), false);
  const body = "username=demo&password=demo&next=//evil.example/";
  const login = await exchange(
    port,
    request(
      "POST /accounts/login/",
      [...CSRF, "Content-Type: application/x-www-form-urlencoded", `Content-Length: ${body.length}`],
      body,
    ),
  );
  assert.ok(login.head.includes("Location: /accounts/profile/"));
});

test("sync closes after every answer; gthread keeps the connection, and closes it when it was idle", async (t) => {
  const { port } = await startBackend(t, { mode: "gthread" });
  const kept = await exchange(port, request("GET /healthz/") + request("GET /healthz/"));
  assert.equal(kept.head.filter((line) => line === "Connection: keep-alive").length, 1);
  assert.equal(kept.text.split("HTTP/1.1 200 OK").length, 3);
  assert.equal(kept.ended, "end");
  const old = await exchange(port, "GET /healthz/ HTTP/1.0\r\n\r\n");
  assert.ok(old.head.includes("Connection: close"));
});
