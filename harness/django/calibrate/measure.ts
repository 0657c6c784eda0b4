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

/** The first ones of a view compile its template and fill caches. */
const COLD = 3;
/** Views take turns, so that a disturbance meets all of them. */
const ROUNDS = 4;

interface Growing {
  readonly view: View;
  readonly samples: Sample[];
  status: number;
  asked: number;
  spentMs: number;
}

/** Asks one view after the other, one request at a time; `onProgress` hears the name of each in the first round. */
export async function measureViews(
  server: Server,
  views: readonly View[],
  effort: Effort,
  options: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
): Promise<Measurement> {
  const session = await logIn(server);
  const growing = views.map((view): Growing => ({ view, samples: [], status: 0, asked: 0, spentMs: 0 }));
  let waitedUs = 0;
  let hadUs = 0;
  let before: Answer | null = null;
  const next = async (asked: Asked): Promise<Answer & { readonly sinceUs: number }> => {
    const answer: Answer = await ask(server, asked, session);
    const sinceUs = before === null ? Number.NaN : answer.clockUs - before.clockUs;
    before = answer;
    return { ...answer, sinceUs };
  };
  const measure = async (of: Growing): Promise<void> => {
    if (of.view.before !== undefined) await next(of.view.before);
    const answer = await next(of.view.ask(of.asked));
    of.asked += 1;
    if (answer.status >= 400)
      throw new Error(`${of.view.name} answered with ${answer.status}: it cannot be measured`);
    if (of.asked <= COLD) return;
    const { cpuUs, serviceUs, delayUs, bytes, sinceUs } = answer;
    of.status = answer.status;
    waitedUs += delayUs;
    hadUs += cpuUs;
    of.samples.push({
      cpuUs,
      ioUs: Math.max(0, serviceUs - cpuUs - delayUs),
      overheadUs: Math.max(0, sinceUs - cpuUs),
      bytes,
    });
  };
  for (let round = 1; round <= ROUNDS; round++) {
    for (const of of growing) {
      if (round === 1) options.onProgress(of.view.name);
      const share = round / ROUNDS;
      const fromMs = performance.now();
      const spent = (): number => of.spentMs + performance.now() - fromMs;
      while (
        of.samples.length < Math.ceil(share * effort.least) ||
        (of.samples.length < share * effort.most && spent() < share * effort.perViewMs)
      ) {
        options.signal.throwIfAborted();
        await measure(of);
      }
      of.spentMs = spent();
    }
  }
  return {
    views: growing.map(({ view, status, samples }) => ({ view, status, samples })),
    disturbed: waitedUs / Math.max(1, waitedUs + hadUs),
  };
}

/** The session of the shop's one account, with something in its basket. */
async function logIn(server: Server): Promise<string> {
  const { status, cookies } = await ask(server, LOGIN, "");
  const session = cookies.get("sessionid");
  if (session === undefined) throw new Error(`the shop did not let us log in: ${status}`);
  await ask(server, FILL_BASKET, session);
  return session;
}
