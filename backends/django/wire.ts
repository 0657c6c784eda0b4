import type { DjangoVersion } from "./profile.ts";

/** What versions of Django, and the gunicorn that goes with them, send differently. */
export interface Wire {
  /** Content-Type of the built-in pages for 400, 403, 404 and 500. */
  readonly errorType: string;
  /** Cross-Origin-Opener-Policy, since 4.0. */
  readonly opener: boolean;
  /** Characters of the csrftoken cookie: masked until 4.1. */
  readonly tokenLength: 32 | 64;
  /** An Origin of another site fails the CSRF check, since 4.0. */
  readonly checksOrigin: boolean;
  /** An empty redirect of APPEND_SLASH says that it is empty; otherwise it is sent in chunks. */
  readonly sizesRedirect: boolean;
  /** Length of the 403 page when the cookie is missing, and when the token is wrong. */
  readonly csrfPage: readonly [noCookie: number, refused: number];
  /** A failing view is logged for the administrators with its user, which reads the session. */
  readonly failureReadsSession: boolean;
  /** A chosen language is kept in the session too, until 4.0. */
  readonly languageInSession: boolean;
}

const OLD: Wire = {
  errorType: "text/html",
  opener: false,
  tokenLength: 64,
  checksOrigin: false,
  sizesRedirect: true,
  csrfPage: [1_382, 1_019],
  failureReadsSession: true,
  languageInSession: true,
};

const NEW: Wire = {
  errorType: "text/html; charset=utf-8",
  opener: true,
  tokenLength: 32,
  checksOrigin: true,
  sizesRedirect: false,
  csrfPage: [1_367, 1_004],
  failureReadsSession: false,
  languageInSession: false,
};

/** 3.2 is captured, 5.2 measured; the versions around 5.2 are taken to be like it. */
export const wireOf = (version: DjangoVersion): Wire => (version === "3.2" ? OLD : NEW);
