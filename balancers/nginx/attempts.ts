/** One attempt as NGINX logged it: where it went and when it began (milliseconds of the wall clock). */
export interface LoggedAttempt {
  readonly address: string;
  readonly atMs: number;
}

/**
 * Attempts of one line of the attempts log (`ATTEMPTS_FORMAT`), in their order; none for a request that reached no backend.
 * NGINX writes the line when the request ends: the first attempt began `$request_time` earlier, each next one when the one before it ended.
 */
export function parseAttempts(line: string): readonly LoggedAttempt[] {
  const [times = "", addresses = "", durations = ""] = line.split("|");
  const [endedText = "", tookText = ""] = times.split(" ");
  let atMs = (Number(endedText) - Number(tookText)) * 1_000;
  if (!Number.isFinite(atMs)) return [];
  const took = durations.split(/, | : /);
  const attempts: LoggedAttempt[] = [];
  for (const [index, address] of addresses.split(/, | : /).entries()) {
    // Without a live backend NGINX logs the upstream's name or `-`: nothing was sent.
    if (!address.includes(":")) continue;
    attempts.push({ address, atMs });
    const seconds = Number(took[index]);
    if (Number.isFinite(seconds)) atMs += seconds * 1_000;
  }
  return attempts;
}

/** Cuts a stream of chunks into whole lines; what follows the last line break waits for the next chunk. */
export function createLineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) onLine(line);
  };
}
