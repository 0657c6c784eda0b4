import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LEDGER, LEDGER_ENTRY_BYTES, NO_K } from "../../backends/protocol.ts";
import { createBitSet } from "./bit-set.ts";
import { createLedger, createLedgerReader } from "./ledger.ts";

function entries(...list: readonly (readonly [event: number, k: number])[]): Buffer {
  const buffer = Buffer.alloc(list.length * LEDGER_ENTRY_BYTES);
  for (const [index, [event, k]] of list.entries()) {
    buffer.writeUInt8(event, index * LEDGER_ENTRY_BYTES);
    buffer.writeUInt32LE(k, index * LEDGER_ENTRY_BYTES + 4);
  }
  return buffer;
}

describe("ledger", () => {
  it("counts events of the window and of everything apart", () => {
    const ledger = createLedger();
    ledger.add(
      entries([LEDGER.attempt, 0], [LEDGER.attempt, NO_K], [LEDGER.completed, NO_K], [LEDGER.abandoned, 0]),
    );
    assert.deepEqual(ledger.window, { attempts: 1, completed: 0, abandoned: 1, faulted: 0, ordered: 0 });
    assert.deepEqual(ledger.all, { attempts: 2, completed: 1, abandoned: 1, faulted: 0, ordered: 0 });
    assert.equal(ledger.wasAttempted(0), true);
    assert.equal(ledger.wasCompleted(0), false);
    assert.equal(ledger.distinctCompleted, 0);
  });

  it("reads the same however a pipe cuts the entries, and two pipes at once", () => {
    const bytes = entries(
      ...Array.from({ length: 50 }, (_, k) => [k % 2 === 0 ? LEDGER.attempt : LEDGER.faulted, k] as const),
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
        const ledger = createLedger();
        const [one, other] = [ledger.source(), ledger.source()];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = sizes[cut % sizes.length] as number;
          one(bytes.subarray(at, at + size));
          other(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(ledger.window, {
          attempts: 50,
          completed: 0,
          abandoned: 0,
          faulted: 50,
          ordered: 0,
        });
      }),
    );
  });

  it("is read with the instant of every event", () => {
    const bytes = entries([LEDGER.attempt, 7]);
    bytes.writeDoubleLE(123_456_789.5, 8);
    const seen: unknown[] = [];
    createLedgerReader((...entry) => seen.push(entry))(bytes);
    assert.deepEqual(seen, [[LEDGER.attempt, 7, 123_456_789.5]]);
  });

  it("forgets everything at a reset and refuses what no backend writes", () => {
    const ledger = createLedger();
    ledger.add(entries([LEDGER.attempt, 3], [LEDGER.completed, 3]));
    ledger.reset();
    assert.deepEqual(ledger.window, { attempts: 0, completed: 0, abandoned: 0, faulted: 0, ordered: 0 });
    assert.equal(ledger.wasCompleted(3), false);
    assert.equal(ledger.distinctCompleted, 0);
    assert.throws(() => ledger.add(entries([9, 0])), /unknown event 9/);
  });
});

describe("bit set", () => {
  it("is a set", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(100), fc.integer({ min: 0, max: 0xffff_ffff }))), (numbers) => {
        const bits = createBitSet();
        const set = new Set<number>();
        for (const k of numbers) {
          assert.equal(bits.add(k), !set.has(k));
          set.add(k);
        }
        assert.equal(bits.size, set.size);
        for (const k of [...numbers, 101, 4_096]) assert.equal(bits.has(k), set.has(k));
      }),
    );
  });
});
