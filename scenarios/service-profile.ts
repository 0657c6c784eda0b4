/**
 * A service profile: what each view of a real Django server was measured to take. `calibrate` writes it, `backends.profile` reads it.
 * Published as `service-profile.schema.json`; milliseconds.
 */
import { z } from "zod";
import type { DistributionSpec } from "#kernel/distribution.ts";
import { machineSchema } from "../reports/record.ts";

const ms = z.number().min(0);

const measured = z.strictObject({
  mean: ms,
  quantiles: z
    .array(z.tuple([z.number().min(0).max(1), ms]))
    .min(2)
    .describe("[p, ms], p from 0 to 1"),
});

const view = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "DELETE"]),
  path: z
    .string()
    .regex(/^\/[^\s]*$/)
    .describe("as in urls.ts: `/catalogue/:product/`; the keys of a query must be in the request's"),
  status: z.int().describe("of its answers"),
  bytes: z.int().min(0).describe("length of a body, median"),
  n: z.int().min(1).describe("requests measured"),
  cpu: measured.describe("CPU time of its thread inside Django"),
  io: measured.describe("the rest of its time inside Django, without waiting for a core"),
  service: measured.describe("what a request keeps a worker for: cpu, io and gunicorn's own work"),
});

export const serviceProfileSchema = z.strictObject({
  $schema: z.string().optional(),
  schema: z.literal("evenkeel/service-profile@1"),
  measuredAt: z.string().describe("ISO 8601"),
  versions: z.record(z.string(), z.string()).describe("evenkeel, django, gunicorn, python"),
  machine: machineSchema,
  overhead: z.strictObject({
    worker: measured.describe("gunicorn's CPU time per request, outside Django"),
    hop: ms.describe("what the client waits beside that, median: connecting, waking up, reading"),
  }),
  disturbed: z
    .number()
    .min(0)
    .describe("time that the worker waited for a core, as a share of what it had: 0 is an idle machine"),
  views: z.array(view).min(1),
});

export type ServiceProfile = z.output<typeof serviceProfileSchema>;
export type ViewProfile = ServiceProfile["views"][number];
export type Measured = z.output<typeof measured>;

/** The view that answers a request; null when it was not measured. */
export function viewOf(
  { views }: Pick<ServiceProfile, "views">,
  method: string,
  target: string,
): ViewProfile | null {
  const [path = "", query = ""] = target.split("?", 2);
  const given = [...new URLSearchParams(query).keys()];
  const fitting = views.filter((view) => {
    const [wanted = "", asked = ""] = view.path.split("?", 2);
    const keys = [...new URLSearchParams(asked).keys()];
    return view.method === method && isRoute(wanted, path) && keys.every((key) => given.includes(key));
  });
  // `/search/?q=` is nearer to a search than `/search/` is.
  return fitting.sort((a, b) => keysIn(b.path) - keysIn(a.path))[0] ?? null;
}

function keysIn(path: string): number {
  return new URLSearchParams(path.split("?", 2)[1] ?? "").size;
}

/** `/catalogue/:product/` is the route of `/catalogue/chair_7/`, and not of `/catalogue/category/x_1/`. */
function isRoute(route: string, path: string): boolean {
  const parts = route.split("/");
  const given = path.split("/");
  return (
    parts.length === given.length &&
    parts.every((part, i) => (part.startsWith(":") ? given[i] !== "" : part === given[i]))
  );
}

/** Service demand of a view, as a scenario says it. */
export function demandOf({ service }: Pick<ViewProfile, "service">): DistributionSpec {
  return { type: "empirical", quantiles: service.quantiles };
}
