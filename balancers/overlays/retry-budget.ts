import { z } from "zod";
import { share } from "#kernel/units.ts";
import type { OverlayDefinition } from "../overlay.ts";

const schema = z.strictObject({
  ratio: share.default(0.2).describe("retries as a share of the requests of the last 10 s"),
  minPerSecond: z.number().min(0).default(10).describe("retries per second that are allowed beside that"),
});

export const overlay = {
  name: "retry-budget",
  summary: "retries are at most a share of the requests: they cannot multiply an overload",
  reference: "Finagle, RetryBudget.scala; gRPC proposal A6",
  stage: "guard",
  schema,
} as const satisfies OverlayDefinition;
