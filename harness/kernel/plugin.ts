import type { z } from "zod";

/**
 * One variant of an extension point (a distribution, a fault, an arrival process), declared once: the type, the
 * validation, the JSON Schema for editors and the documentation table are derived from `schema`, a `strictObject`
 * whose `type` is the literal `name`.
 */
export interface Plugin<Schema extends z.ZodType = z.ZodType> {
  readonly name: string;
  /** One sentence for `evenkeel list` and the docs table. */
  readonly summary: string;
  readonly schema: Schema;
}
