import type { Rng } from "#kernel/rng.ts";
import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";
import { createAliasTable } from "../alias-table.ts";

/** The table is of the members; it is built again only when one joined or left, not for a retry. */
function create({ rng }: AlgorithmEnvironment): Algorithm {
  let members = 0;
  let draw: ((rng: Rng) => number) | null = null;
  return {
    joined() {
      members++;
      draw = null;
    },
    left() {
      members--;
      draw = null;
    },
    pick(_request, { eligible, weight }) {
      const table = () => createAliasTable(eligible.map((backend) => weight[backend]!));
      if (eligible.length !== members) return eligible[table()(rng)]!;
      draw ??= table();
      return eligible[draw(rng)]!;
    },
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "weighted-random",
  summary: "Any backend, with a probability in the ratio of the weights.",
  reference:
    "alias method: Walker (1977); Vose, A Linear Algorithm for Generating Random Numbers with a Given Distribution (1991)",
  family: "static",
  weighted: true,
  create,
};
