/** What depends on more than one field of a scenario. Each rule is a function; all of them are applied, so that all mistakes show at once. */
import { composedProblem, idleOverlay } from "./composed.ts";
import type { Finding } from "./problem.ts";
import { arrivalRules } from "./rules-arrivals.ts";
import { backendRules } from "./rules-backends.ts";
import { afterTheEnd, faultRules, noSuchBackend } from "./rules-faults.ts";
import { judgedRules } from "./rules-judged.ts";
import { mixRules } from "./rules-mix.ts";
import { realRules } from "./rules-real.ts";
import { ringsFit } from "./rules-rings.ts";
import type { Scenario } from "./scenario.ts";
import { absentAtFirst } from "./standing.ts";
import type { BalancerName } from "./variants.ts";

export interface RuleContext {
  /** Names of all algorithms there are. */
  readonly algorithms: readonly string[];
  /** Why a product has no such algorithm, null when it has it; without it every product counts as having all. */
  readonly missing?: ((balancer: BalancerName, algorithm: string) => string | null) | undefined;
  /** Set when the command line shortened or lengthened `traffic.duration`. */
  readonly durationFrom?: string | undefined;
}

type Rule = (scenario: Scenario, context: RuleContext) => readonly Finding[];

/** Everything that contradicts itself or names what is not there. Pure. */
export function checkRules(scenario: Scenario, context: RuleContext): Finding[] {
  return [
    ...RULES,
    ...backendRules,
    ...arrivalRules,
    ...faultRules,
    ...realRules,
    ...mixRules,
    ...judgedRules,
  ].flatMap((rule) => rule(scenario, context));
}

const overridesExistOnce: Rule = ({ backends }) =>
  backends.override.flatMap(({ backend, ...changes }, i): Finding[] => {
    const path = ["backends", "override", i, "backend"];
    if (backend > backends.count) return [{ path, message: `${backend}: ${noSuchBackend(backends.count)}` }];
    if (backends.override.findIndex((other) => other.backend === backend) < i)
      return [{ path, message: `backend ${backend} has an override already: put both into one` }];
    if (Object.values(changes).every((change) => change === undefined))
      return [
        {
          path,
          message: `says nothing about backend ${backend}: give speed, weight, workers, cores or priority`,
        },
      ];
    return [];
  });

const namesOnce: Rule = ({ backends, traffic, contestants }, { algorithms }) => [
  ...repeated(
    traffic.requests.map((request) => request.name),
    "request",
  ).map(({ at, message }) => ({
    path: ["traffic", "requests", at, "name"],
    message,
  })),
  ...repeated(contestants.algorithms, "algorithm").map(({ at, message }) => ({
    path: ["contestants", "algorithms", at],
    message,
  })),
  ...repeated(
    contestants.balancers.map((entry) => (typeof entry === "string" ? entry : JSON.stringify(entry))),
    "balancer",
  ).map(({ at, message }) => ({ path: ["contestants", "balancers", at], message })),
  ...contestants.algorithms.flatMap((name, i): Finding[] => {
    const message = composedProblem(name, algorithms) ?? idleOverlay(name, { backends });
    return message === null ? [] : [{ path: ["contestants", "algorithms", i], message }];
  }),
];

function repeated(names: readonly string[], kind: string): { at: number; message: string }[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) < at ? [{ at, message: `${kind} ${name} is in the list twice` }] : [],
  );
}

const RESERVED = [
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "upgrade",
  "te",
  "trailer",
];

const headersAreFree: Rule = ({ traffic }) =>
  traffic.requests.flatMap((request, i) =>
    Object.keys(request.headers).flatMap((header): Finding[] => {
      const name = header.toLowerCase();
      const path = ["traffic", "requests", i, "headers", header];
      if (name === "host") return [{ path, atKey: true, message: "the Host header is set by traffic.host" }];
      if (name.startsWith("x-evenkeel-") || RESERVED.includes(name))
        return [{ path, atKey: true, message: `the load generator sets ${header} itself` }];
      return [];
    }),
  );

/** What happens to a backend has to happen to one that there is, and before the end. */
const membershipFits: Rule = ({ membership, backends, traffic }, { durationFrom }) =>
  membership.flatMap(({ backend, at }, i): Finding[] => [
    ...(backend > backends.count
      ? [{ path: ["membership", i, "backend"], message: `${backend}: ${noSuchBackend(backends.count)}` }]
      : []),
    ...(at >= traffic.duration
      ? [
          {
            path: ["membership", i, "at"],
            message: afterTheEnd(at, traffic.duration, durationFrom, "change"),
          },
        ]
      : []),
  ]);

/** Adding who is there and removing who is not would change nothing. */
const membershipChanges: Rule = ({ membership }) => {
  const inOrder = membership
    .map((change, i) => ({ ...change, i }))
    .filter(({ change }) => change !== "weight")
    .toSorted((a, b) => a.at - b.at);
  return inOrder.flatMap(({ backend, change, i }, position): Finding[] => {
    const before = inOrder.slice(0, position).findLast((other) => other.backend === backend);
    if (before?.change !== change) return [];
    const state = change === "add" ? "there already" : "gone already";
    return [
      { path: ["membership", i], message: `backend ${backend} is ${state}, since membership[${before.i}]` },
    ];
  });
};

/** A balancer without any backend answers for itself: that is another question. */
const somebodyIsThere: Rule = ({ membership, backends }) => {
  const there = new Set(Array.from({ length: backends.count }, (_, i) => i + 1));
  for (const backend of absentAtFirst(membership)) there.delete(backend);
  const nobody = "no backend would be left";
  if (there.size === 0) return [{ path: ["membership"], message: `${nobody} at the start` }];
  const inOrder = membership.map((change, i) => ({ ...change, i })).toSorted((a, b) => a.at - b.at);
  return inOrder.flatMap(({ change, backend, i }): Finding[] => {
    if (change === "add") there.add(backend);
    if (change === "remove") there.delete(backend);
    return there.size === 0 && change === "remove" ? [{ path: ["membership", i], message: nobody }] : [];
  });
};

const RULES: readonly Rule[] = [
  overridesExistOnce,
  namesOnce,
  headersAreFree,
  membershipFits,
  membershipChanges,
  somebodyIsThere,
  ringsFit,
];
