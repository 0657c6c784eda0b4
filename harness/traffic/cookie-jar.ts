/** The one cookie that each client of a trial keeps, as `name=value`. */
export interface CookieJar {
  /** Null where the response set none: the client keeps what it has. */
  keep(client: number, cookie: string | null): void;
  of(client: number): string | null;
}

export function createCookieJar(): CookieJar {
  const cookies = new Map<number, string>();
  return {
    keep(client, cookie) {
      if (cookie !== null) cookies.set(client, cookie);
    },
    of: (client) => cookies.get(client) ?? null,
  };
}
