import type { Millis } from "#kernel/units.ts";
import { type Algorithm, AlgorithmError, type BackendIndex, type ProbeAnswer } from "./algorithm.ts";

/** Asks a backend how it is; `answer` may come later or never. */
export type Probe = (
  backend: BackendIndex,
  now: Millis,
  answer: (answer: ProbeAnswer, now: Millis) => void,
) => void;

/** Asks the backends that the algorithm wants to hear of, whenever it is called. Throws AlgorithmError when it names what is no backend. */
export function createAsking(
  algorithm: Pick<Algorithm, "probes" | "probed">,
  size: number,
  probe: Probe | undefined,
): (now: Millis) => void {
  const isBackend = (asked: BackendIndex): boolean => Number.isInteger(asked) && asked >= 0 && asked < size;
  return (now) => {
    if (algorithm.probes === undefined) return;
    const probes = algorithm.probes(now);
    if (!Array.isArray(probes)) throw new AlgorithmError("probes gave no list of backends");
    for (const asked of probes as readonly BackendIndex[]) {
      if (!isBackend(asked))
        throw new AlgorithmError(
          `probes gave ${String(asked)}, which is not the number of a backend (0 to ${size - 1})`,
        );
      probe?.(asked, now, (answer, at) => algorithm.probed?.(asked, answer, at));
    }
  };
}
