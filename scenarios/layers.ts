import { isKeys, merge } from "./merge.ts";
import type { Path, Problem } from "./problem.ts";
import type { Source } from "./source.ts";

/** One of the places that say something about a scenario: its own file, or the overrides of a suite. */
export interface Layer {
  readonly data: unknown;
  locate(path: Path, atKey: boolean): Place;
}

export interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  /** How many steps of the path this layer has. */
  readonly depth: number;
}

/** The part of a file at `prefix`, with paths counted from there; a part that is not there says nothing. */
export function layerOf(source: Source, prefix: Path): Layer {
  let data: unknown = source.data;
  for (const step of prefix) {
    data =
      isKeys(data) || Array.isArray(data)
        ? (data as Readonly<Record<string | number, unknown>>)[step]
        : undefined;
  }
  return {
    data: isKeys(data) ? data : {},
    locate: (path, atKey) => {
      const { line, column, depth } = source.locate([...prefix, ...path], atKey);
      return { file: source.file, line, column, depth: depth - prefix.length };
    },
  };
}

/** The layer with its `quick` merged into it: the scenario's own short form, over which suites still have their say. */
export function shortened(layer: Layer): Layer {
  if (!isKeys(layer.data) || !isKeys(layer.data.quick)) return layer;
  const { quick, ...rest } = layer.data;
  return {
    data: merge(rest, quick),
    locate(path, atKey) {
      const short = layer.locate(["quick", ...path], atKey);
      return short.depth === path.length + 1 ? { ...short, depth: path.length } : layer.locate(path, atKey);
    },
  };
}

/** The suite that sets the duration, when it is not the scenario's own file. */
export function elsewhere(layers: readonly Layer[], path: string): string | undefined {
  const { file } = locate(layers, ["traffic", "duration"], false);
  return file === path ? undefined : file;
}

/** The layer that says it, or the scenario's own file where none does. */
export function locate(
  layers: readonly Layer[],
  path: Path,
  atKey: boolean,
): Pick<Problem, "file" | "line" | "column"> {
  const places = layers.map((layer) => layer.locate(path, atKey));
  const exact = places.find((place) => place.depth === path.length);
  const { file, line, column } = exact ?? places.at(-1)!;
  return { file, line, column };
}
