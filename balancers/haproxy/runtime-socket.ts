import { closeSync, constants, openSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { BalancerError } from "../balancer.ts";
import { RUNTIME_SOCKET } from "./render.ts";

/** HAProxy's runtime API; every command is a connection of its own. */
export interface RuntimeSocket {
  command(text: string): Promise<string>;
  close(): void;
}

/** What `sun_path` holds besides its final zero. */
const PATH_BYTES = 107;

/** The socket in `directory`, also where its absolute path would be too long for a socket address. */
export function openRuntimeSocket(directory: string): RuntimeSocket {
  const absolute = join(directory, RUNTIME_SOCKET);
  if (Buffer.byteLength(absolute) <= PATH_BYTES)
    return { command: (text) => ask(absolute, text), close: () => undefined };
  if (process.platform !== "linux") {
    throw new BalancerError(
      `the path of HAProxy's runtime socket is too long (${absolute}); choose a shorter --out`,
      "",
    );
  }
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  const path = `/proc/self/fd/${descriptor}/${RUNTIME_SOCKET}`;
  return { command: (text) => ask(path, text), close: () => closeSync(descriptor) };
}

function ask(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let answer = "";
    socket.setEncoding("latin1");
    socket.setTimeout(2_000, () =>
      socket.destroy(new Error("HAProxy's runtime socket did not answer within 2 s")),
    );
    socket.once("connect", () => socket.end(`${command}\n`));
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.once("end", () => resolve(answer));
    socket.once("error", reject);
  });
}
