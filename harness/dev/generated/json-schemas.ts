import { z } from "zod";
import { duration, formatDuration } from "#kernel/units.ts";
import { runSchema } from "../../../reports/record.ts";
import { scenarioSchema, suiteSchema } from "../../../scenarios/scenario.ts";
import { serviceProfileSchema } from "../../../scenarios/service-profile.ts";
import type { GeneratedFile } from "./file.ts";

/** A JSON Schema as far as the documentation reads it. */
export interface JsonSchema {
  readonly [key: string]: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

export const DURATION_PATTERN = "^\\s*\\d+(\\.\\d+)?\\s*(us|ms|s|m|h)\\s*$";

/** What a file may say, in the units of the file: durations are texts, defaults too. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const json = jsonSchema as Record<string, unknown>;
      if (isDuration(zodSchema)) json.pattern = DURATION_PATTERN;
      if (zodSchema instanceof z.ZodDefault) {
        const value: unknown = zodSchema.def.defaultValue;
        json.default =
          takesDuration(zodSchema.unwrap()) && typeof value === "number" ? formatDuration(value) : value;
      }
      if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
      if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
    },
  }) as JsonSchema;
}

function isDuration(schema: unknown): boolean {
  return schema instanceof z.ZodPipe && duration instanceof z.ZodPipe && schema.in === duration.in;
}

const takesDuration = (schema: unknown): boolean =>
  isDuration(schema) || (schema instanceof z.ZodUnion && schema.options.some(isDuration));

/** One schema for both kinds of file. `if` decides by the key, so that an editor shows the mistakes of one kind only. */
function scenarioFile(): JsonSchema {
  const { $defs: ofScenario, $schema, ...scenario } = inputSchema(scenarioSchema);
  const { $defs: ofSuite, $schema: _, ...suite } = inputSchema(suiteSchema);
  return {
    $schema,
    title: "evenkeel scenario",
    type: "object",
    if: { required: ["suite"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: suite,
    else: scenario,
    $defs: { ...ofScenario, ...ofSuite },
  };
}

/** The published JSON Schemas of what people write and of what a run leaves behind. */
export function jsonSchemas(): GeneratedFile[] {
  const file = (path: string, schema: unknown): GeneratedFile => ({
    path,
    content: `${JSON.stringify(schema, null, 2)}\n`,
  });
  return [
    file("scenarios/scenario.schema.json", scenarioFile()),
    file("scenarios/service-profile.schema.json", {
      title: "evenkeel service profile",
      ...z.toJSONSchema(serviceProfileSchema),
    }),
    file("reports/result.schema.json", { title: "evenkeel result", ...z.toJSONSchema(runSchema) }),
  ];
}
