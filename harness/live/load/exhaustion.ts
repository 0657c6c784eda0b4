const EXHAUSTED = new Set(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "EADDRINUSE", "ENOBUFS", "ENOMEM"]);

/** Did a connection fail because this machine has no descriptor, port or memory left, not because of its peer? */
export function exhausted(error: Error | null): boolean {
  return error !== null && "code" in error && typeof error.code === "string" && EXHAUSTED.has(error.code);
}
