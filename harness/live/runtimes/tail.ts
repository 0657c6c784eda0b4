const LIMIT_BYTES = 64 * 1024;

/** Keeps the last 64 KiB of what a process printed. */
export function createTail(): { add(chunk: Buffer): void; text(): string } {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= 2 * LIMIT_BYTES) return;
      chunks = [Buffer.concat(chunks).subarray(-LIMIT_BYTES)];
      size = LIMIT_BYTES;
    },
    text: () => Buffer.concat(chunks).subarray(-LIMIT_BYTES).toString("utf8"),
  };
}
