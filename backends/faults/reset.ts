import { z } from "zod";
import { type Effect, type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("reset"),
  ...faultKeys,
  ...scopeKeys,
  stage: z
    .enum(["accept", "headers", "body"])
    .default("headers")
    .describe(
      "accept: every connection, as soon as it is made; headers: after the service time, before a byte; body: after half of the body",
    ),
});

const EFFECTS: Readonly<Record<"accept" | "headers" | "body", Effect | null>> = {
  accept: null,
  headers: { reset: true },
  body: { truncation: { keep: 0.5, ending: "rst", framing: "length" } },
};

/** TCP RST instead of the answer. With `stage: accept` it hits every new connection, before a request is read. */
export const fault = {
  name: "reset",
  summary:
    "a share of the requests is cut with a TCP reset: on accepting the connection, instead of the answer, or in the middle of its body",
  schema,
  means: "request",
  connection: ({ stage }) => (stage === "accept" ? "reset" : null),
  arrival: ({ stage }) => (stage === "accept" ? { type: "cut" } : null),
  effect: ({ stage }) => EFFECTS[stage],
} as const satisfies Fault<WindowOf<typeof schema>>;
