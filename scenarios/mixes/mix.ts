import type { DistributionSpec } from "#kernel/distribution.ts";

/** What a visitor has that a request may need: a CSRF token, something in the basket, a login. */
export type Asset = "token" | "basket" | "login";

/** One request of a visitor of the shop, in a method and a path that `backends/django/urls.ts` knows. */
export interface MixRequest {
  readonly name: string;
  readonly method: "GET" | "POST";
  /** `{product}` is the product that it is about. */
  readonly path: string;
  /** Fields of a form beside its CSRF token; a POST has one always. */
  readonly fields?: string;
  readonly needs?: readonly Asset[];
  readonly gives?: Asset;
  /** Loses what it had of this. */
  readonly takes?: Asset;
  /** Where a POST leads to when all went well; anything else is the shop not knowing its visitor any more. */
  readonly leadsTo?: string;
  /** Reads or writes the session, so that a backend that does not know it sends its visitor to the login. */
  readonly session?: boolean;
  /** When all went well an order is placed. */
  readonly isOrder?: boolean;
}

/** What a visitor does in one go: a page, and the requests that follow without a pause, as after a redirect. */
export interface Page {
  readonly name: string;
  /** Share of all pages in the long run, in any unit. */
  readonly weight: number;
  /** Names of its requests in order. */
  readonly requests: readonly string[];
  /** Comes after this page only, so often that the weights hold. */
  readonly after?: string;
}

/**
 * A mix of pages as a Markov chain: after a page with a follower the follower comes with probability weight / weight of that page; otherwise
 * the next page is drawn by weight among those that follow nobody. The weights are its stationary distribution exactly, because what
 * flows into a page that follows nobody is the draws times its share, and the draws are all pages less the followers.
 */
export interface Mix {
  readonly name: string;
  readonly summary: string;
  readonly requests: readonly MixRequest[];
  readonly pages: readonly Page[];
  /** Pages that a session can begin with; by weight among them. */
  readonly landing: readonly string[];
  /** Pause before each page but the first. */
  readonly think: DistributionSpec;
  /** Mean pages of a session. */
  readonly length: number;
  /** Products that `{product}` is drawn from; popularity falls with the rank (Zipf) or is even. */
  readonly products: { readonly count: number; readonly zipf: boolean };
}
