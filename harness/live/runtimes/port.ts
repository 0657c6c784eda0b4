import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const LOWEST = 10_000;
const handedOut = new Set<number>();

/** First port that the kernel gives to outgoing connections. */
function ephemeralStart(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/)[0]);
  } catch {
    // Not Linux: IANA's dynamic range (RFC 6335).
    return 49_152;
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A port that was free an instant ago and is not handed out twice. It lies below the kernel's range for outgoing connections:
 * otherwise a connection of the balancer could take the port of a crashed backend, or even connect to itself there.
 */
export async function freePort(host: string): Promise<number> {
  const span = Math.min(ephemeralStart(), 32_768) - LOWEST;
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * span);
    if (handedOut.has(port)) continue;
    if (!(await isFree(host, port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new Error(`no free port on ${host} between ${LOWEST} and ${LOWEST + span}`);
}
