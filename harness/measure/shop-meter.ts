import type { TrialRecord } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import { MARK, sessionOf } from "../traffic/visitor.ts";
import { createBitSet } from "./bit-set.ts";

/** What a mix says of its visitors beside their requests. */
export interface ShopMeter {
  visit(row: Row): void;
  /** `ordersPlaced` is what the backends counted, null when nobody did. */
  finish(ordersPlaced: number | null): NonNullable<TrialRecord["shop"]>;
}

const OK = OUTCOMES.indexOf("ok");

/** `hasSessions` is false where the mix is played request by request. Memory: one bit per session. */
export function createShopMeter(hasSessions: boolean): ShopMeter {
  const seen = createBitSet();
  const counts = { completed: 0, expired: 0, failed: 0, orders: 0 };
  return {
    visit({ k, outcome, mark }) {
      if (hasSessions) seen.add(sessionOf(k));
      if (outcome !== OK) {
        counts.failed += 1;
        return;
      }
      if ((mark & MARK.order) !== 0) counts.orders += 1;
      if ((mark & MARK.expired) !== 0) counts.expired += 1;
      else if ((mark & MARK.end) !== 0) counts.completed += 1;
    },
    finish: (ordersPlaced) => {
      const { completed, expired, failed, orders } = counts;
      const sessions = {
        seen: seen.size,
        completed,
        expired,
        failed,
        unfinished: seen.size - completed - expired - failed,
      };
      return {
        sessions: hasSessions ? sessions : null,
        expired,
        ordersConfirmed: orders,
        ordersPlaced,
      };
    },
  };
}
