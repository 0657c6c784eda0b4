/** What a mix of requests adds to a scenario's report: latency by type, and what became of visitors and orders. */
import type { FigureTable } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { showCount, showMs, showPercent } from "./figures.ts";

const orDash = (value: number | null): string => (value === null ? "–" : showMs(value));

/** A row for every type of request and contestant; null where there is one type only. */
export function byTypeTable(contestants: readonly Contestant[]): FigureTable | null {
  const rows = contestants.flatMap((c) =>
    c.shown.requests.map(({ name, scheduled, ok, latencyMs }) => [
      name,
      c.name,
      showCount(scheduled),
      scheduled === 0 ? "–" : showPercent((scheduled - ok) / scheduled),
      orDash(latencyMs.mean),
      orDash(latencyMs.p50),
      orDash(latencyMs.p95),
      orDash(latencyMs.p99),
    ]),
  );
  if (rows.length === 0) return null;
  const names = [...new Set(rows.map(([name]) => name))];
  return {
    columns: ["request", "contestant", "requests", "failed", "mean", "p50", "p95", "p99"],
    // The contestants of one type stand together.
    rows: names.flatMap((name) => rows.filter((row) => row[0] === name)),
  };
}

export const BY_TYPE_CAPTION =
  "Latency from when a request was due, by type; a failure ranks slower than any success. A percentile with fewer than ten requests beyond it is not printed.";

/** A row for every contestant; null where no mix is played. */
export function shopTable(contestants: readonly Contestant[]): FigureTable | null {
  const shops = contestants.flatMap((c) =>
    c.shown.shop === null ? [] : [{ name: c.name, ...c.shown.shop }],
  );
  if (shops.length === 0) return null;
  const count = (value: number | null | undefined): string => (value == null ? "–" : showCount(value));
  return {
    columns: [
      "contestant",
      "sessions",
      "completed",
      "not known any more",
      "left after a failure",
      "under way at the end",
      "orders confirmed",
      "orders placed",
    ],
    rows: shops.map(({ name, sessions, expired, ordersConfirmed, ordersPlaced }) => [
      name,
      count(sessions?.seen),
      count(sessions?.completed),
      count(expired),
      count(sessions?.failed),
      count(sessions?.unfinished),
      count(ordersConfirmed),
      count(ordersPlaced),
    ]),
  };
}

export const SHOP_CAPTION =
  "Not known any more: the visitor was sent to the login or found an empty basket, because the backend did not know the session. An order that was placed and not confirmed is one whose answer was lost.";

/** Sessions that a contestant has lost, as a share of those that it saw; null where none are played. */
const lostShare = ({ shown }: Contestant): number | null => {
  const sessions = shown.shop?.sessions ?? null;
  return sessions === null || sessions.seen === 0
    ? null
    : (sessions.expired + sessions.failed) / sessions.seen;
};

const WORTH_TELLING = 0.01;

/**
 * Who loses visitors is sent less and looks fast for it, so this stands before any comparison of latencies; null where nobody loses one in a
 * hundred.
 */
export function lostSentence(contestants: readonly Contestant[]): string | null {
  const told = contestants
    .map((c) => ({ name: c.name, isInvalid: c.status === "invalid", lost: lostShare(c) ?? 0 }))
    .filter(({ isInvalid, lost }) => !isInvalid && lost >= WORTH_TELLING)
    .sort((a, b) => b.lost - a.lost)
    .map(({ name, lost }) => `${name} ${showPercent(lost)}`);
  if (told.length === 0) return null;
  return `Visitors leave: of the sessions, ${told.join(", ")} are lost; who loses visitors is sent fewer requests, so latencies do not compare alone.`;
}
