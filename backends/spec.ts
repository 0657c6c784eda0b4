import { z } from "zod";
import { DJANGO_VERSIONS } from "./django/profile.ts";
import type { BackendSpec } from "./protocol.ts";
import { stationSchema } from "./station/spec.ts";

const count = z.int().min(1);

/** A BackendSpec as it stands in argv: without the token, which must not be seen in a list of processes. */
const specSchema = z.strictObject({
  id: count,
  host: z.string().min(1),
  port: z.int().min(0).max(65_535),
  mode: z.enum(["sync", "gthread", "async"]),
  workers: count,
  threads: count,
  speed: z.number().positive(),
  station: stationSchema.exactOptional(),
  keepAliveMs: z.number().min(0).exactOptional(),
  gracefulTimeoutMs: z.number().min(0).exactOptional(),
  django: z.enum(DJANGO_VERSIONS),
  sessionBackend: z.enum(["shared", "local"]),
  allowedHosts: z.array(z.string().min(1)),
  seed: z.int(),
  listen: z.boolean(),
});

/** Throws an Error of one line when `json` is not a backend or the token is missing. */
export function parseSpec(json: string | undefined, token: string | undefined): BackendSpec {
  if (token === undefined || token === "")
    throw new Error("EVENKEEL_TOKEN is not set: the control port needs a secret");
  let value: unknown;
  try {
    value = JSON.parse(json ?? "");
  } catch {
    throw new Error("expected a backend as one JSON argument");
  }
  const { token: _token, ...rest } = z.looseObject({}).parse(value);
  const spec = specSchema.safeParse(rest);
  if (!spec.success) {
    const issue = spec.error.issues[0];
    throw new Error(`bad backend: ${issue?.path.join(".") || "argument"}: ${issue?.message}`);
  }
  return { ...spec.data, token };
}
