import { BalancerError, type BalancerSpec } from "../balancer.ts";

/** A user's own configuration file. */
export interface OwnConfig {
  readonly path: string;
  readonly text: string;
}

const PLACEHOLDER = /\{\{\s*([a-z]+)(?:\s+(\d+))?\s*\}\}/g;

/** True when the file says itself where our addresses go. */
export function hasPlaceholders(text: string): boolean {
  return /\{\{\s*[a-z]/.test(text);
}

/**
 * Fills `{{listen}}` (HOST:PORT of the balancer), `{{backends}}` (the server lines, one for each backend), `{{backend N}}`
 * (HOST:PORT of one, from 1) and `{{directory}}` (folder of this instance); throws BalancerError on any other.
 */
export function fillPlaceholders(own: OwnConfig, spec: BalancerSpec, serverLines: readonly string[]): string {
  return own.text.replace(PLACEHOLDER, (whole, word: string, number: string | undefined, offset: number) => {
    const where = `${own.path}:${own.text.slice(0, offset).split("\n").length}`;
    if (word === "backend" && number !== undefined) {
      const backend = spec.backends.find(({ id }) => id === Number(number));
      if (backend) return `${backend.host}:${backend.port}`;
      throw new BalancerError(
        `${where}: there is no backend ${number}; the scenario has ${spec.backends.length}`,
        "",
      );
    }
    const known: Readonly<Record<string, string>> = {
      listen: `${spec.listen.host}:${spec.listen.port}`,
      backends: serverLines.join("\n"),
      directory: spec.directory,
    };
    const value = number === undefined && Object.hasOwn(known, word) ? known[word] : undefined;
    if (value !== undefined) return value;
    const choice = "{{listen}}, {{backends}}, {{backend 1}} or {{directory}}";
    throw new BalancerError(`${where}: unknown placeholder ${whole}; use ${choice}`, "");
  });
}

/** Our address for each of theirs, in the order in which the file first names them; throws BalancerError when the numbers differ. */
export function mapAddresses(
  own: OwnConfig,
  theirs: readonly string[],
  spec: BalancerSpec,
): ReadonlyMap<string, string> {
  const distinct = [...new Set(theirs)];
  if (distinct.length === 0) {
    throw new BalancerError(
      `${own.path}: no backend servers found; name them, or write {{backends}} where they belong`,
      "",
    );
  }
  if (distinct.length !== spec.backends.length) {
    const [named, wanted] = [distinct.length, spec.backends.length];
    throw new BalancerError(
      `${own.path}: names ${named} backend server${named === 1 ? "" : "s"} (${distinct.join(", ")}) and the scenario has ${wanted}; set backends.count to ${named}, or write {{backends}} in their place`,
      "",
    );
  }
  return new Map(distinct.map((address, index) => [address, addressOf(spec, index)]));
}

function addressOf(spec: BalancerSpec, index: number): string {
  const { host, port } = spec.backends[index]!;
  return `${host}:${port}`;
}
