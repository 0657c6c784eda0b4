import { DURATION_PATTERN, type JsonSchema } from "./json-schemas.ts";

type Row = readonly [key: string, type: string, fallback: string, description: string];

/** One row for every key that a file may have, nested keys after their parent. */
export function keyRows(schema: JsonSchema): Row[] {
  return rowsOf(schema, "");
}

function rowsOf(schema: JsonSchema, prefix: string): Row[] {
  const seen = new Set<string>();
  return variantsOf(schema).flatMap((variant) =>
    Object.entries(variant.properties ?? {}).flatMap(([name, value]): Row[] => {
      const key = prefix === "" ? name : `${prefix}.${name}`;
      if (name === "$schema" || seen.has(key)) return [];
      seen.add(key);
      const list = value.type === "array";
      const shown = list ? `${key}[]` : key;
      const only = variantsOf(schema).length > 1 ? whereOnly(schema, name) : "";
      const description = `${value.description ?? ""}${only}`.trim();
      const type = name === kindKey(schema) ? tagsOf(schema, name) : typeOf(value);
      const row: Row = [
        `\`${shown}\``,
        type,
        fallbackOf(value, variant.required?.includes(name) === true),
        description,
      ];
      return [row, ...(opensUp(value) ? rowsOf(list ? (value.items ?? {}) : value, shown) : [])];
    }),
  );
}

/** Distributions, arrivals and faults have pages of their own. */
const opensUp = (schema: JsonSchema): boolean => {
  const inner = schema.type === "array" ? (schema.items ?? {}) : schema;
  return inner.$ref === undefined && kindKey(inner) !== "type";
};

function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.oneOf ?? (schema.anyOf ? schema.anyOf.flatMap(variantsOf) : [schema]);
}

/** The key that tells the variants of a union apart: `model`, or `type`. */
function kindKey(schema: JsonSchema): string | null {
  const [first] = schema.oneOf ?? [];
  const found = Object.entries(first?.properties ?? {}).find(([, value]) => value.const !== undefined);
  return found?.[0] ?? null;
}

function whereOnly(schema: JsonSchema, name: string): string {
  const key = kindKey(schema);
  const having = variantsOf(schema).filter((variant) => variant.properties?.[name] !== undefined);
  if (key === null || name === key || having.length === variantsOf(schema).length) return "";
  return ` (with \`${key}: ${having.map((variant) => variant.properties?.[key]?.const).join(", ")}\`)`;
}

const WORDS: Readonly<Record<string, string>> = {
  integer: "whole number",
  string: "text",
  object: "keys and values",
};

function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return `[${schema.$ref.split("/").at(-1)}](distributions.md)`;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.pattern === DURATION_PATTERN) return "duration";
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  const key = kindKey(schema);
  if (key === "type") return typesOf(schema, key);
  if (key !== null) return `keys and values, by \`${key}\``;
  if (schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.flatMap((option) => typeOf(option).split(" or ")))].join(" or ");
  if (Array.isArray(schema.type))
    return schema.type.includes("string") ? "number or percentage" : schema.type.join(" or ");
  return WORDS[String(schema.type)] ?? String(schema.type ?? "anything");
}

function typesOf(schema: JsonSchema, key: string): string {
  const names = variantsOf(schema).map((variant) => String(variant.properties?.[key]?.const));
  return names.includes("crash")
    ? "[fault](faults.md)"
    : names.includes("poisson")
      ? "[arrivals](arrivals.md)"
      : names.join(", ");
}

function fallbackOf(schema: JsonSchema, required: boolean): string {
  if (required) return "required";
  return schema.default === undefined
    ? ""
    : `\`${typeof schema.default === "string" ? schema.default : JSON.stringify(schema.default)}\``;
}

/** `open`, `closed`: what the key that tells the variants apart may be. */
function tagsOf(schema: JsonSchema, key: string): string {
  return variantsOf(schema)
    .map((variant) => `\`${String(variant.properties?.[key]?.const)}\``)
    .join(", ");
}

/** One row for every number of a record that is described, by itself or by what it is part of; `N` stands for a position in a list. */
export function numberRows(schema: JsonSchema, path: readonly string[] = [], parent?: string): string[][] {
  const description = schema.description ?? parent;
  const { properties, items } = schema;
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, value]) =>
      numberRows(value, [...path, name], description),
    );
  }
  if (schema.type === "array") return numberRows(items ?? {}, [...path, "N"], description);
  const types = [schema, ...(schema.anyOf ?? [])].flatMap(({ type }) => type ?? []);
  const isNumber = types.includes("number") || types.includes("integer");
  return isNumber && description !== undefined ? [[`\`${path.join(".")}\``, description]] : [];
}
