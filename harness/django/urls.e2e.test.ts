import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { createDjango } from "../../backends/django/app.ts";
import { writeAnswer } from "../../backends/django/gunicorn.ts";
import { urls } from "../../backends/django/urls.ts";
import { createRunId } from "../run-folder.ts";
import { ask } from "./calibrate/ask.ts";
import { type DjangoBench, openDjangoBench } from "./calibrate/bench.ts";
import { findDjango } from "./product.ts";

const found = await findDjango();
const skip = found.available ? false : `Django is not on this machine: ${found.reason}`;
const PARTS: Readonly<Record<string, string>> = { id: "7", category: "x_7", product: "x_7" };

describe("real and simulated Django", { skip, timeout: 120_000 }, () => {
  let real: DjangoBench;
  const simulated = createDjango({
    allowedHosts: ["*"],
    serverName: () => "shop.example",
    play: (turn) => writeAnswer(turn.request, turn.response, false, turn.answer(Buffer.alloc(0)), []),
    probed: () => ({ inFlight: 0, latencyMs: 0 }),
  });
  before(async () => {
    if (found.available) real = await openDjangoBench(createRunId(new Date()), found);
    const server = await simulated;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(async () => {
    (await simulated).close();
    await real?.close();
  });

  // A login needs its form's fields, of which the calibration has its own.
  for (const { path, methods } of urls)
    for (const method of methods)
      if (!(method === "POST" && path === "/accounts/login/"))
        it(`answer ${method} ${path} with the same status`, async () => {
          const target = path.replace(/:(\w+)/g, (_, name: string) => PARTS[name] ?? "7");
          const { port } = (await simulated).address() as AddressInfo;
          const asked = { method, target };
          const wanted = await ask({ host: "127.0.0.1", port, name: "shop.example" }, asked, "");
          const got = await ask(real.server, asked, "");
          assert.equal(got.status, wanted.status);
        });

  for (const target of ["/nowhere/", "/basket", "/api/products/?page=0", "/catalogue/x/"])
    it(`answer GET ${target} with the same status`, async () => {
      const { port } = (await simulated).address() as AddressInfo;
      const asked = { method: "GET", target } as const;
      const wanted = await ask({ host: "127.0.0.1", port, name: "shop.example" }, asked, "");
      assert.equal((await ask(real.server, asked, "")).status, wanted.status);
    });
});
