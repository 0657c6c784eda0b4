import type { AlgorithmDefinition } from "../algorithm.ts";

export const algorithm: AlgorithmDefinition = {
  name: "first",
  summary: "The first backend that is up; the others stand by.",
  reference: "Caddy, lb_policy first; HAProxy, balance first without maxconn",
  family: "static",
  weighted: false,
  create: () => ({ pick: (_request, { eligible }) => eligible[0]! }),
};
