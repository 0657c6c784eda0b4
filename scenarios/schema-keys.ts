import { z } from "zod";
import { isKeys } from "./merge.ts";
import type { Path } from "./problem.ts";

export interface KnownKeys {
  readonly known: readonly string[];
  /** Keys of the other variants, with the variants they belong to: `think` with `model: closed`. */
  readonly elsewhere: ReadonlyMap<string, readonly string[]>;
}

/** Which keys the schema knows at `path` of this input. */
export function keysAt(schema: z.ZodType, input: unknown, path: Path): KnownKeys {
  let at: unknown = schema;
  let value = input;
  for (const step of path) {
    const open = unwrap(at);
    const inside = variantsOf(open, value).chosen;
    if (open instanceof z.ZodArray) at = open.element;
    else if (open instanceof z.ZodRecord) at = open.valueType;
    else at = inside?.shape[String(step)];
    value =
      isKeys(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[step] : undefined;
    if (at === undefined) break;
  }
  const { chosen, others } = variantsOf(unwrap(at), value);
  const known = chosen === null ? untagged(unwrap(at)) : Object.keys(chosen.shape);
  const elsewhere = new Map<string, string[]>();
  for (const { label, shape } of others) {
    for (const key of Object.keys(shape)) {
      if (!known.includes(key)) elsewhere.set(key, [...(elsewhere.get(key) ?? []), label]);
    }
  }
  return { known, elsewhere };
}

/** The schema below optional, default, lazy and transform. */
export function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodLazy
  )
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

interface Variants {
  readonly chosen: z.ZodObject | null;
  readonly others: readonly { readonly label: string; readonly shape: z.core.$ZodShape }[];
}

function variantsOf(schema: unknown, value: unknown): Variants {
  if (schema instanceof z.ZodObject) return { chosen: schema, others: [] };
  if (!(schema instanceof z.ZodUnion)) return { chosen: null, others: [] };
  const options = objectsOf(schema);
  const key = schema instanceof z.ZodDiscriminatedUnion ? schema.def.discriminator : null;
  if (key === null)
    return {
      chosen:
        options.find((option) => isKeys(value) && Object.keys(value).some((k) => k in option.shape)) ?? null,
      others: [],
    };
  const tag = (option: z.ZodObject): string => {
    const literal = option.shape[key];
    return literal instanceof z.ZodLiteral ? String(literal.value) : "";
  };
  const wanted = isKeys(value) ? String(value[key]) : "";
  return {
    chosen: options.find((option) => tag(option) === wanted) ?? null,
    others: options
      .filter((option) => tag(option) !== wanted)
      .map((option) => ({ label: `${key}: ${tag(option)}`, shape: option.shape })),
  };
}

/** The objects a union chooses from, those of unions within it included. */
function objectsOf(schema: z.ZodUnion): z.ZodObject[] {
  return schema.options.map(unwrap).flatMap((option) => {
    if (option instanceof z.ZodUnion) return objectsOf(option);
    return option instanceof z.ZodObject ? [option] : [];
  });
}

/** Every key that some variant knows, where nothing in the value says which variant is meant. */
function untagged(schema: unknown): string[] {
  if (!(schema instanceof z.ZodUnion) || schema instanceof z.ZodDiscriminatedUnion) return [];
  return [...new Set(objectsOf(schema).flatMap((option) => Object.keys(option.shape)))];
}
