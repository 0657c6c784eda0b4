import { IDEMPOTENT_METHODS } from "../parity.ts";
import type { ForwardFailure } from "./forward.ts";

const IDEMPOTENT: ReadonlySet<string> = new Set(IDEMPOTENT_METHODS);

/**
 * Whether a failed attempt may be repeated at another backend: any request of which nothing was sent; of those that were sent, the
 * idempotent ones without a body when the connection was closed before the first byte of a response (RFC 9110 section 9.2.2).
 */
export function mayRetry(failure: ForwardFailure, method: string, hasBody: boolean): boolean {
  if (failure.stage === "unsent") return failure.reason === "refused" || failure.reason === "connect-timeout";
  return failure.stage === "sent" && failure.reason === "closed" && !hasBody && IDEMPOTENT.has(method);
}
