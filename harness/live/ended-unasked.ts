import type { Exit, Handle } from "../../balancers/runtime.ts";
import type { Contestant } from "../trial.ts";

/** A balancer that ended by itself, with the last line that it said. */
export function endedUnasked(
  { name }: Pick<Contestant, "name">,
  handle: Pick<Handle, "logs">,
  exit: Exit,
): string {
  const words = handle.logs().trim().split("\n").at(-1) ?? "";
  return `${name} ended unasked with ${exit.signal ?? `code ${exit.code}`}${words === "" ? "" : `: ${words}`}`;
}
