import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createProcessRuntime } from "../harness/live/runtimes/process.ts";
import type { Balancer, BalancerSpec } from "./balancer.ts";
import { fetchBalancers } from "./fetch/fetch.ts";
import { haproxy } from "./haproxy/balancer.ts";
import { renderOwnHaproxy } from "./haproxy/own-config.ts";
import { nginx } from "./nginx/balancer.ts";
import { renderOwnNginx } from "./nginx/own-config.ts";
import { ask, askMany, startTestBackend, TEST_SPEC } from "./shared/testkit.ts";

const SPEC: BalancerSpec = {
  ...TEST_SPEC,
  backends: [1, 2, 3].map((id) => ({ id, host: "127.0.0.1", port: 9_000 + id, weight: 1 })),
};

/** As a lesson on NGINX shows it: no events, no http, port 80, no Host. */
const LESSON = `upstream django_servers {
    server 192.168.1.2:8000;
    server 192.168.1.3:8000;
    server 192.168.1.4:8000;
}

server {
    listen 80;
    server_name example.com;

    location / {
        proxy_pass http://django_servers;
    }
}
`;

const WHOLE_NGINX = `user www-data; worker_processes auto; pid /run/nginx.pid; error_log /var/log/nginx/error.log;
daemon on;
events { worker_connections 768; }
http {
  include mime.types;
  access_log /var/log/nginx/access.log;
  proxy_temp_path /var/tmp/nginx;
  upstream app { least_conn; server web1:8000 weight=3; server web2:8000 backup; }
  server {
    listen 80 default_server; listen [::]:80 default_server;
    location / { proxy_pass http://app; }
    location /api/ { proxy_pass http://10.0.0.9:9000/v1/; }
  }
}
`;

const WHOLE_HAPROXY = `global
  daemon
  user haproxy
  chroot /var/lib/haproxy
  stats socket /run/haproxy/admin.sock mode 660
  log /dev/log local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 50s
  timeout server 50s
frontend web
  bind *:80
  bind :::80
  default_backend app
backend app
  balance leastconn
  server web1 10.0.0.1:8000 check
  server web2 10.0.0.2:8000 check weight 50
  server web3 10.0.0.3:8000 check
listen stats
  bind *:8404
  stats enable
`;

const nginxOf = (text: string): string => renderOwnNginx(SPEC, { path: "./my.conf", text });
const haproxyOf = (text: string): string => renderOwnHaproxy(SPEC, { path: "./my.cfg", text }).text;

describe("a user's own NGINX configuration", () => {
  test("a fragment is wrapped, and its addresses become ours in their order", () => {
    const text = nginxOf(LESSON);
    assert.match(
      text,
      /http \{[\s\S]*upstream django_servers \{\s+server 127.0.0.1:9001;\s+server 127.0.0.1:9002;\s+server 127.0.0.1:9003;/,
    );
    assert.match(text, /listen 127\.0\.0\.1:8080;\s+server_name example\.com;/);
    assert.doesNotMatch(text, /192\.168|proxy_set_header/);
  });

  test("a whole file keeps what it says of balancing and loses where it writes and what it runs as", () => {
    const text = nginxOf(WHOLE_NGINX);
    assert.doesNotMatch(text, /www-data|\/run\/|\/var\/|daemon on|\[::\]/);
    assert.match(text, /least_conn;\s+server 127.0.0.1:9001 weight=3;\s+server 127.0.0.1:9002 backup;/);
    assert.match(text, /proxy_pass http:\/\/127\.0\.0\.1:9003\/v1\/;/);
    assert.match(text, /listen 127\.0\.0\.1:8080 default_server;/);
    assert.equal(text.match(/worker_processes/g)?.length, 1);
    assert.match(text, /include ".*mime\.types";/);
  });

  test("placeholders are filled and nothing else is mapped", () => {
    const text = nginxOf(
      "upstream all { {{backends}} }\nupstream one { server {{backend 2}}; server 10.0.0.1:1; }\nserver { listen {{listen}}; listen 81; root {{ directory }}; }",
    );
    assert.match(text, /upstream all \{\s+server 127\.0\.0\.1:9001 max_fails=1 fail_timeout=10s;/);
    assert.match(text, /upstream one \{\s+server 127\.0\.0\.1:9002;\s+server 10\.0\.0\.1:1;/);
    assert.match(text, /listen 127\.0\.0\.1:8080;\s+listen 81;\s+root \/run\/evenkeel\/balancer;/);
  });

  for (const [name, text, message] of [
    [
      "too few servers",
      LESSON.replace("    server 192.168.1.4:8000;\n", ""),
      /^\.\/my\.conf: names 2 backend servers \(192.*\) and the scenario has 3; set backends\.count to 2/,
    ],
    ["no servers", "server { listen 80; }", /no backend servers found/],
    ["no server block", "upstream a { server b; }", /has no server block/],
    [
      "several ports",
      "server { listen 80; } server { listen 443 ssl; }",
      /listens on several ports \(80, 443\)/,
    ],
    [
      "a backend that is not there",
      "server { listen {{listen}};\n proxy_pass http://{{backend 4}}; }",
      /^\.\/my\.conf:2: there is no backend 4/,
    ],
    ["an unknown placeholder", "{{frontend}}", /^\.\/my\.conf:1: unknown placeholder \{\{frontend\}\}/],
    ["a brace that is never closed", "server {\n", /^\.\/my\.conf:1: "\{" is never closed/],
  ] as const) {
    test(`${name} is one clear line`, () =>
      assert.throws(() => nginxOf(text), { name: "BalancerError", message }));
  }
});

describe("a user's own HAProxy configuration", () => {
  test("keeps what it says of balancing, and loses statistics, logs and what it runs as", () => {
    const text = haproxyOf(WHOLE_HAPROXY);
    assert.doesNotMatch(text, /daemon|user|chroot|\/run|log|8404|10\.0\.0/);
    assert.equal(text.match(/bind 127\.0\.0\.1:8080/g)?.length, 1);
    assert.match(
      text,
      /balance leastconn\n {2}server web1 127\.0\.0\.1:9001 check\n {2}server web2 127\.0\.0\.1:9002 check weight 50/,
    );
  });

  test("placeholders are filled", () => {
    const text = haproxyOf("frontend f\n  bind {{listen}}\n  default_backend b\nbackend b\n  {{backends}}\n");
    assert.match(text, /bind 127\.0\.0\.1:8080/);
    assert.match(text, /server backend-3 127\.0\.0\.1:9003/);
  });

  for (const [name, text, message] of [
    ["too many servers", `${WHOLE_HAPROXY}backend more\n  server x 10.0.0.9:1\n`, /names 4 backend servers/],
    ["no bind", "backend b\n server a 10.0.0.1:80\n", /has no bind line/],
    [
      "several ports",
      "frontend f\n bind :80\n bind :81\n default_backend b\n",
      /binds several ports \(80, 81\)/,
    ],
    ["a line outside any section", "bind :80\n", /^\.\/my\.cfg:1: "bind" stands outside any section/],
  ] as const) {
    test(`${name} is one clear line`, () =>
      assert.throws(() => haproxyOf(text), { name: "BalancerError", message }));
  }
});

const found = await fetchBalancers(["nginx", "haproxy"]);

describe("a user's own configuration, played", { timeout: 60_000 }, () => {
  for (const [balancer, text, host] of [
    [nginx, LESSON, "django_servers"],
    [haproxy, WHOLE_HAPROXY, "shop.example"],
  ] as const) {
    const availability = found.get(balancer.name as "nginx" | "haproxy");
    const skip = availability?.available ? false : `${balancer.name}: ${availability?.reason}`;
    test(`${balancer.name} runs it, reports its attempts and adds nothing to it`, { skip }, () =>
      play(balancer, text, host),
    );
  }
});

async function play(balancer: Balancer, text: string, host: string): Promise<void> {
  const runtime = createProcessRuntime();
  const directory = await mkdtemp(join(tmpdir(), "evenkeel-own-"));
  const backends = await Promise.all([1, 2, 3].map((id) => startTestBackend(id)));
  try {
    const listen = { host: "127.0.0.1", port: await runtime.freePort("127.0.0.1") };
    const ownConfig = { path: "./my.conf", text };
    const spec = {
      ...SPEC,
      backends: backends.map(({ address }) => address),
      listen,
      directory,
      attempts: true,
      ownConfig,
    };
    const running = await balancer.start(spec, runtime);
    const attempts = new Map<number, number>();
    running.onAttempts(({ backend, count }) => attempts.set(backend, (attempts.get(backend) ?? 0) + count));
    assert.equal((await ask({ port: listen.port })).status, 200);
    const answered = await askMany(29, { port: listen.port });
    assert.equal(
      [...answered.values()].reduce((sum, count) => sum + count),
      29,
    );
    await running.stop();
    assert.deepEqual(
      [1, 2, 3].map((id) => attempts.get(id)),
      backends.map(({ requests }) => requests),
    );
    // Django refuses an upstream's name as Host: the lesson's file is played as it is, so that this shows.
    assert.equal(backends[0]!.headers.host, host);
  } finally {
    await Promise.all(backends.map((backend) => backend.stop()));
    await runtime.stopAll();
    await rm(directory, { recursive: true, force: true });
  }
}
