import type { Asset, Mix, MixRequest } from "./mix.ts";
import { afterAll, withSupplies } from "./supplies.ts";

const ASSETS: readonly Asset[] = ["token", "basket", "login"];
/** Numbers of sets of assets. */
const SETS = 2 ** ASSETS.length;

/** Where a visitor stands: a page and what it has, as one number below `states`. */
export type State = number;

/** What a page comes down to for a visitor who has certain assets. */
export interface PlayedPage {
  /** Positions in the mix's requests, in order. */
  readonly requests: readonly number[];
  /** Assets afterwards, as bits. */
  readonly has: number;
}

/** A mix as a Markov chain of pages, each with what its visitor must do for it. */
export interface Chain {
  readonly mix: Mix;
  /** Probability of each page to be the first. */
  readonly first: readonly number[];
  /** Probabilities of the next page after each. */
  readonly next: readonly (readonly number[])[];
  /** `has` is what the visitor has before, as bits. */
  play(page: number, has: number): PlayedPage;
  /** What a visitor that has nothing does to get all of `has`. */
  supply(has: number): readonly number[];
}

export const ALL_ASSETS = SETS - 1;

export function createChain(mix: Mix): Chain {
  const byName = new Map(mix.requests.map((request) => [request.name, request]));
  const position = new Map(mix.requests.map(({ name }, at) => [name, at]));
  const requestOf = (name: string): MixRequest => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`mix ${mix.name} has no request "${name}"`);
    return found;
  };
  const positionsOf = (names: readonly string[]): number[] =>
    names.map((name) => position.get(name) as number);
  const playNames = (names: readonly string[], has: number): PlayedPage => {
    const sent: string[] = [];
    let now: ReadonlySet<Asset> = assetsOf(has);
    for (const name of names) {
      const added = withSupplies(name, now, requestOf);
      sent.push(...added);
      now = afterAll(now, added, requestOf);
    }
    return { requests: positionsOf(sent), has: bitsOf(now) };
  };
  const known = new Map<State, PlayedPage>();
  return {
    mix,
    first: firstPages(mix),
    next: mix.pages.map((_, page) => nextPages(mix, page)),
    play(page, has) {
      const state = page * SETS + has;
      const found = known.get(state) ?? playNames(mix.pages[page]?.requests ?? [], has);
      known.set(state, found);
      return found;
    },
    supply(has) {
      const wanted = SUPPLIES.filter(({ asset, request }) => assetsOf(has).has(asset) && byName.has(request));
      return playNames(
        wanted.map(({ request }) => request),
        0,
      ).requests;
    },
  };
}

/** A login last: it needs a token, and a basket survives it. */
const SUPPLIES = [
  { asset: "token", request: "product" },
  { asset: "basket", request: "basket-add" },
  { asset: "login", request: "login" },
] as const;

function firstPages({ pages, landing }: Mix): readonly number[] {
  return shares(pages.map(({ name, weight }) => (landing.includes(name) ? weight : 0)));
}

function nextPages({ pages }: Mix, page: number): readonly number[] {
  const from = pages[page];
  const follows = (name: string | undefined): boolean => name !== undefined && name === from?.name;
  const draws = shares(pages.map(({ after, weight }) => (after === undefined ? weight : 0)));
  const followers = pages.map(({ after, weight }) => (follows(after) ? weight / (from?.weight ?? 1) : 0));
  const left = 1 - followers.reduce((sum, p) => sum + p, 0);
  return pages.map((_, at) => (followers[at] as number) + left * (draws[at] as number));
}

function shares(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function assetsOf(bits: number): ReadonlySet<Asset> {
  return new Set(ASSETS.filter((_, at) => (bits & (1 << at)) !== 0));
}

function bitsOf(assets: ReadonlySet<Asset>): number {
  return ASSETS.reduce((bits, asset, at) => bits | (assets.has(asset) ? 1 << at : 0), 0);
}

/** How often a session is expected to pass each state, the state being the page and what its visitor has before it. */
export type Visits = ReadonlyMap<State, number>;

export const pageOf = (state: State): number => Math.floor(state / SETS);
export const assetsBefore = (state: State): number => state % SETS;

const NEGLIGIBLE = 1e-9;

/** A session ends after each page with probability 1 / length: the sum over all steps of where it is then. */
export function expectedVisits(chain: Chain, length: number): Visits {
  const stays = 1 - 1 / length;
  const total = new Map<State, number>();
  let now = new Map<State, number>();
  chain.first.forEach((p, page) => {
    if (p > 0) now.set(page * SETS, p);
  });
  for (let mass = 1; mass > NEGLIGIBLE; mass *= stays) {
    const then = new Map<State, number>();
    for (const [state, p] of now) {
      total.set(state, (total.get(state) ?? 0) + p);
      const { has } = chain.play(pageOf(state), assetsBefore(state));
      chain.next[pageOf(state)]?.forEach((q, page) => {
        const to = page * SETS + has;
        if (q > 0) then.set(to, (then.get(to) ?? 0) + stays * p * q);
      });
    }
    now = then;
  }
  return total;
}
