import type { Balancer } from "./balancer.ts";
import { builtin } from "./builtin/balancer.ts";
import { haproxy } from "./haproxy/balancer.ts";
import { nginx } from "./nginx/balancer.ts";

/** Every balancer that can be put under test. */
export const balancers: readonly Balancer[] = [nginx, haproxy, builtin];
