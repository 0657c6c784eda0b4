import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttemptReport } from "../balancer.ts";
import { parseServerTotals, pollAttempts } from "./attempts.ts";

const csv = (first: number, second: number): string =>
  `# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,wretr,wredis\nbackends,backend-1,0,0,0,1,,${first},9,0,0\nbackends,backend-2,0,0,0,1,,${second},9,${second > 0 ? 1 : 0},${second > 0 ? 1 : 0}\n\n`;

test("totals are read by the name of their column", () => {
  assert.deepEqual(
    [...parseServerTotals(csv(4, 5))],
    [
      ["backends/backend-1", { attempts: 4, retries: 0 }],
      ["backends/backend-2", { attempts: 5, retries: 1 }],
    ],
  );
  assert.equal(parseServerTotals("").size, 0);
});

test("reports are differences, and closing asks a last time", async () => {
  const answers = [csv(3, 0), csv(5, 2)];
  let closed = false;
  const poll = pollAttempts(
    { command: async () => answers.shift() ?? csv(5, 2), close: () => (closed = true) },
    new Map([
      ["backends/backend-1", 1],
      ["backends/backend-2", 2],
    ]),
  );
  const reports: AttemptReport[] = [];
  poll.onAttempts((report) => reports.push(report));
  while (answers.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await poll.close();
  await poll.close();
  assert.ok(closed);
  assert.deepEqual(
    reports.map(({ backend, count, retries }) => [backend, count, retries]),
    [
      [1, 3, 0],
      [1, 2, 0],
      [2, 2, 1],
    ],
  );
});
