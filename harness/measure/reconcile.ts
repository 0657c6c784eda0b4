import { OUTCOMES, type Row } from "../rows.ts";
import { createBitSet } from "./bit-set.ts";
import type { Ledger } from "./ledger.ts";

export interface BackendLedger {
  readonly id: number;
  readonly ledger: Ledger;
}

/** How the requests of the window that one backend completed reached the client, or did not. */
export interface Reconciled {
  readonly id: number;
  /** Answered by this backend with a status below 400. */
  ok: number;
  /** Answered by this backend with an error. */
  httpError: number;
  /** Completed, but the client saw a timeout, a lost connection or its own end. */
  givenUpByClient: number;
  /** Completed, but the client's answer came from another backend or from the balancer itself. */
  givenUpByBalancer: number;
  /** Attempts that ended in no way that the ledger knows: in flight at a SIGKILL, or still at work at the end. */
  unended: number;
}

export interface Reconciler {
  readonly visit: (row: Row) => void;
  /** Call after the last row. No reasons: everything adds up. */
  finish(): { readonly backends: readonly Reconciled[]; readonly reasons: readonly string[] };
}

const OK = OUTCOMES.indexOf("ok");
const HTTP_ERROR = OUTCOMES.indexOf("httpError");
const DROPPED = OUTCOMES.indexOf("dropped");

interface Account {
  readonly ledger: Ledger;
  readonly result: Reconciled;
  okNotCompleted: number;
  firstNotCompleted: number;
  completedButDropped: number;
}

/**
 * Holds the client's rows against the ledgers of the backends, request by request: an answer that a backend never completed and a
 * completion that no row explains are each a reason why the trial's counts fail. Memory: one bit per request.
 */
export function createReconciler(ledgers: readonly BackendLedger[]): Reconciler {
  const accounts = new Map(ledgers.map((each) => [each.id, createAccount(each)]));
  const list = [...accounts.values()];
  const seen = createBitSet();
  let repeated = 0;
  let unknownBackend = 0;
  let fromNobody = 0;
  return {
    visit(row) {
      if (!seen.add(row.k)) repeated += 1;
      if (row.backend !== 0 && !accounts.has(row.backend)) unknownBackend += 1;
      if (row.outcome === OK && row.backend === 0) fromNobody += 1;
      if (row.outcome === OK) settleOk(accounts.get(row.backend), row.k);
      for (const account of list) if (account.ledger.wasCompleted(row.k)) classify(account, row);
    },
    finish() {
      const reasons: string[] = [];
      if (repeated > 0) reasons.push(`${repeated} rows repeat the number of a request`);
      if (unknownBackend > 0) reasons.push(`${unknownBackend} answers name a backend that is not there`);
      if (fromNobody > 0)
        reasons.push(`${fromNobody} answers below 400 came from no backend: the balancer answered by itself`);
      for (const account of list) reasons.push(...conclude(account));
      return { backends: list.map((account) => account.result), reasons };
    },
  };
}

function createAccount({ id, ledger }: BackendLedger): Account {
  const result = { id, ok: 0, httpError: 0, givenUpByClient: 0, givenUpByBalancer: 0, unended: 0 };
  return { ledger, result, okNotCompleted: 0, firstNotCompleted: -1, completedButDropped: 0 };
}

function settleOk(account: Account | undefined, k: number): void {
  if (account === undefined || account.ledger.wasCompleted(k)) return;
  if (account.okNotCompleted === 0) account.firstNotCompleted = k;
  account.okNotCompleted += 1;
}

function classify(account: Account, row: Row): void {
  const { result } = account;
  const isOurs = row.backend === result.id;
  if (row.outcome === DROPPED) account.completedButDropped += 1;
  else if (row.outcome === OK && isOurs) result.ok += 1;
  else if (row.outcome === HTTP_ERROR && isOurs) result.httpError += 1;
  else if (row.outcome === OK || row.outcome === HTTP_ERROR) result.givenUpByBalancer += 1;
  else result.givenUpByClient += 1;
}

function conclude(account: Account): readonly string[] {
  const { ledger, result } = account;
  const name = `backend ${result.id}`;
  const reasons: string[] = [];
  const { attempts, completed, abandoned, faulted } = ledger.window;
  result.unended = attempts - completed - abandoned - faulted;
  if (account.okNotCompleted > 0) {
    reasons.push(
      `${account.okNotCompleted} ok responses of ${name} are not among those it completed (first: request ${account.firstNotCompleted})`,
    );
  }
  if (account.completedButDropped > 0) {
    reasons.push(`${name} completed ${account.completedButDropped} requests that were never sent`);
  }
  if (result.unended < 0) {
    reasons.push(`${name} ended ${-result.unended} more requests than it was given (${attempts} attempts)`);
  }
  const explained =
    result.ok +
    result.httpError +
    result.givenUpByClient +
    result.givenUpByBalancer +
    account.completedButDropped;
  if (explained !== ledger.distinctCompleted) {
    reasons.push(
      `${name} completed ${ledger.distinctCompleted} requests, of which the rows explain ${explained}`,
    );
  }
  return reasons;
}
