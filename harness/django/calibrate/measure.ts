import { median } from "#kernel/statistics.ts";
import { type Answer, ask, type Server } from "./ask.ts";
import { type Asked, FILL_BASKET, LOGIN, type View } from "./views.ts";

/** How much is measured: of each view at most so many requests, in at most so long, but never fewer than the least. */
export interface Effort {
  readonly most: number;
  readonly least: number;
  readonly perViewMs: number;
}

export const FULL: Effort = { most: 600, least: 40, perViewMs: 3_000 };
export const QUICK: Effort = { most: 200, least: 12, perViewMs: 700 };

/** One measured request; microseconds. */
export interface Sample {
  /** CPU time inside Django. */
  readonly cpuUs: number;
  /** The rest of the time inside Django, without waiting for a core. */
  readonly ioUs: number;
  /** CPU time of the worker outside Django since the request before. */
  readonly overheadUs: number;
  readonly bytes: number;
}

export interface MeasuredView {
  readonly view: View;
  readonly status: number;
  readonly samples: readonly Sample[];
}

export interface Measurement {
  readonly views: readonly MeasuredView[];
  /** Waited for a core, of all that the views waited and worked. */
  readonly disturbed: number;
}

/** The first ones of a view compile its template and fill caches; the first of a round finds the worker asleep. */
const COLD = 3;
/** Views take turns, so that a disturbance meets all of them. */
const ROUNDS = 4;
/** While the worker serves one, the next is waiting: what is measured is a worker that is never idle, as in a queue. */
const AT_ONCE = 2;

interface Growing {
  readonly view: View;
  readonly samples: Sample[];
  status: number;
  asked: number;
  spentMs: number;
  waitedUs: number;
  hadUs: number;
}

export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** Hears the name of each view in the first round. */
  onProgress(text: string): void;
}

/** Asks one view after the other, all at the one worker of a server. */
export async function measureViews(
  server: Server,
  views: readonly View[],
  effort: Effort,
  { signal, onProgress }: MeasureOptions,
): Promise<Measurement> {
  const session = await logIn(server);
  const growing = views.map(
    (view): Growing => ({ view, samples: [], status: 0, asked: 0, spentMs: 0, waitedUs: 0, hadUs: 0 }),
  );
  for (let round = 1; round <= ROUNDS; round++) {
    for (const of of growing) {
      if (round === 1) onProgress(of.view.name);
      await measureRound(of, { server, session, effort, share: round / ROUNDS, signal });
    }
  }
  const waited = growing.reduce((sum, { waitedUs }) => sum + waitedUs, 0);
  const had = growing.reduce((sum, { hadUs }) => sum + hadUs, 0);
  return {
    views: growing.map(({ view, status, samples }) => ({
      view,
      status,
      samples: withoutStandstills(samples),
    })),
    disturbed: waited / Math.max(1, waited + had),
  };
}

interface Round {
  readonly server: Server;
  readonly session: string;
  readonly effort: Effort;
  /** Of the effort, until the end of this round. */
  readonly share: number;
  readonly signal: AbortSignal;
}

async function measureRound(of: Growing, { server, session, effort, share, signal }: Round): Promise<void> {
  const fromMs = performance.now();
  const spentMs = (): number => of.spentMs + performance.now() - fromMs;
  const isDone = (): boolean =>
    of.samples.length >= share * effort.most ||
    (of.samples.length >= Math.ceil(share * effort.least) && spentMs() >= share * effort.perViewMs);
  const line: { readonly isMeasured: boolean; readonly answer: Promise<Answer> }[] = [];
  const send = (asked: Asked, isMeasured: boolean): void => {
    const answer = ask(server, asked, session);
    // One that fails while another is waited for is told when its turn comes.
    answer.catch(() => undefined);
    line.push({ isMeasured, answer });
  };
  let before: Answer | null = null;
  let cold = COLD;
  for (let next = 0; !isDone() || line.length > 0; ) {
    signal.throwIfAborted();
    while (line.length < AT_ONCE && !isDone()) {
      if (of.view.before !== undefined) send(of.view.before, false);
      send(of.view.ask(of.asked + next), true);
      next += 1;
    }
    const first = line.shift();
    if (first === undefined) break;
    const answer: Answer = await first.answer;
    const sinceUs = before === null ? Number.NaN : answer.clockUs - before.clockUs;
    before = answer;
    if (answer.status >= 400)
      throw new Error(`${of.view.name} answered with ${answer.status}: it cannot be measured`);
    if (!first.isMeasured) continue;
    of.asked += 1;
    next -= 1;
    if (cold-- > 0) continue;
    take(of, answer, sinceUs);
  }
  of.spentMs = spentMs();
}

function take(of: Growing, { status, cpuUs, serviceUs, delayUs, bytes }: Answer, sinceUs: number): void {
  of.status = status;
  of.waitedUs += delayUs;
  of.hadUs += cpuUs;
  of.samples.push({
    cpuUs,
    ioUs: Math.max(0, serviceUs - cpuUs - delayUs),
    overheadUs: Math.max(0, sinceUs - cpuUs),
    bytes,
  });
}

/** Requests during which the machine stood still are no measurement of Django. */
function withoutStandstills(samples: readonly Sample[]): readonly Sample[] {
  const usual = median(samples.map(({ cpuUs, overheadUs }) => cpuUs + overheadUs));
  return samples.filter(
    ({ cpuUs, overheadUs }) => !isStandstill((cpuUs + overheadUs) / 1_000, usual / 1_000),
  );
}

/**
 * A virtual machine that its host does not run counts that as CPU time of whoever was running. No view takes ten times its usual
 * time and 20 ms more for a reason of its own; collecting garbage takes less.
 */
export function isStandstill(cpuMs: number, usualMs: number): boolean {
  return cpuMs > 10 * usualMs && cpuMs > usualMs + 20;
}

/** The session of the shop's one account, with something in its basket. */
async function logIn(server: Server): Promise<string> {
  const { status, cookies } = await ask(server, LOGIN, "");
  const session = cookies.get("sessionid");
  if (session === undefined) throw new Error(`the shop did not let us log in: ${status}`);
  await ask(server, FILL_BASKET, session);
  return session;
}
