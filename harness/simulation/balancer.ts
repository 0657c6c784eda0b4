import { createRng, type Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { Deployment } from "../../backends/service.ts";
import type { AlgorithmDefinition } from "../../balancers/algorithm.ts";
import type { Tuning } from "../../balancers/balancer.ts";
import type { Dispatcher } from "../../balancers/dispatcher.ts";
import { createLoadReports, type LoadReports } from "../../balancers/load-reports.ts";
import type { OverlayRules } from "../../balancers/overlay-rules.ts";
import { NATIVE, PARITY } from "../../balancers/parity.ts";
import { createPipeline } from "../../balancers/pipeline.ts";
import { capacityOf } from "../../scenarios/capacity.ts";
import { requestsOf } from "../../scenarios/requests.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { deploymentFor } from "../deployment.ts";
import { faultWindows } from "../fault-windows.ts";
import type { CookieJar } from "../traffic/cookie-jar.ts";
import type { Background } from "./background.ts";
import { createFleet } from "./fleet.ts";
import { type Flight, PHASES } from "./flights.ts";
import { withHedging, withLimit } from "./guards.ts";
import { checkHealth } from "./health.ts";
import { changeMembership } from "./membership.ts";
import { type ProbedFleet, withProbes } from "./probes.ts";
import { createVirtualProxy, isRepeatable, type ProxyRules, type VirtualProxy } from "./proxy.ts";
import { withStations } from "./station-fleet.ts";
import { createStations, type Stations } from "./stations.ts";
import { createViews } from "./view.ts";
import { createVisitors } from "./visitors.ts";

export interface VirtualTrial {
  readonly scenario: Scenario;
  readonly algorithm: AlgorithmDefinition;
  /** None when absent. */
  readonly overlays?: OverlayRules;
  readonly seed: number;
  readonly tuning: Tuning;
  /** Of the balancer: how long a silent backend is waited for. */
  readonly readMs: Millis;
}

/** What stands behind the balancer. */
export interface VirtualBackends {
  readonly deployments: readonly Deployment[];
  /** Those whose departures are not known on arrival; null when there are none. */
  readonly stations: Stations | null;
}

export function createBackends({ scenario, seed }: VirtualTrial): VirtualBackends {
  const { backends, network } = scenario;
  const faults = faultWindows(scenario, seed);
  const deployments = Array.from({ length: backends.count }, (_, index) =>
    deploymentFor(scenario, index + 1),
  );
  return { deployments, stations: createStations(deployments, faults, seed, network?.hop ?? 0) };
}

/** What the instances of a trial's balancer have in common. */
interface Common {
  readonly trial: VirtualTrial;
  readonly stations: Stations | null;
  readonly fleet: ProbedFleet;
  readonly reports: LoadReports | null;
  readonly rules: Omit<ProxyRules, "budget" | "copies">;
  readonly background: Background;
}

/** The balancer of a trial: one proxy, or several that take the requests at random; they share the backends. `attempted` hears of every attempt. */
export function createBalancer(
  trial: VirtualTrial,
  backends: VirtualBackends,
  jar: CookieJar,
  background: Background,
  attempted: ProxyRules["attempted"],
): VirtualProxy {
  const { scenario, seed } = trial;
  const { instances, loadInfo } = scenario.contestants;
  const { deployments, stations } = backends;
  const common: Common = {
    trial,
    stations,
    fleet: withProbes(
      withStations(createFleet(deployments, faultWindows(scenario, seed), seed), stations),
      stations,
    ),
    reports: loadInfo === undefined ? null : createLoadReports(loadInfo.every, deployments.length),
    rules: rulesOf(trial, jar, attempted),
    background,
  };
  const made = Array.from({ length: instances }, (_, instance) => createInstance(common, instance));
  changeMembership(
    scenario.membership,
    made.map(({ dispatcher }) => dispatcher),
    background,
    -scenario.traffic.warmup,
  );
  const proxies = made.map(({ proxy }) => proxy);
  const [only] = proxies;
  if (only === undefined) throw new Error("a trial needs a balancer");
  if (proxies.length === 1) return only;
  const draws = PHASES.map((phase) => createRng(seed).fork("instance").fork(phase));
  const chosen = ({ phase, k }: Flight): VirtualProxy =>
    proxies[(draws[PHASES.indexOf(phase)] as Rng).fork(k).int(proxies.length)] as VirtualProxy;
  return {
    start: (flight, now) => chosen(flight).start(flight, now),
    finish: (flight) => chosen(flight).finish(flight),
    left: (flight, left) => chosen(flight).left(flight, left),
    again: (flight, now) => chosen(flight).again(flight, now),
  };
}

function createInstance(
  { trial, stations, fleet, reports, rules: common, background }: Common,
  instance: number,
): { readonly proxy: VirtualProxy; readonly dispatcher: Dispatcher } {
  const { algorithm, overlays = {}, seed, scenario, tuning } = trial;
  const { hopMs } = common;
  const isNative = tuning === "native";
  const rng = createRng(seed).fork("algorithm");
  const { backends } = capacityOf(scenario);
  const startsAt = -scenario.traffic.warmup;
  const { dispatcher, budget, hedging, limit } = createPipeline({
    definition:
      reports === null ? algorithm : { ...algorithm, create: (its) => reports.attach(algorithm.create(its)) },
    rng: instance === 0 ? rng : rng.fork(instance),
    hashKey: scenario.contestants.hashKey,
    backends,
    ejection: { maxFails: isNative ? NATIVE.maxFails : PARITY.maxFails, ejectMs: PARITY.failTimeoutMs },
    budget: isNative ? NATIVE.retryBudget : null,
    overlays,
    seed,
    instance,
    probe(backend, now, answer) {
      const said = fleet.ask(backend, now + hopMs);
      if (said !== null) background.plan(now + 2 * hopMs, (back) => answer(said, back));
    },
    now: startsAt,
  });
  if (isNative)
    checkHealth(
      { fleet, stations, dispatcher, background, rule: NATIVE.health, hopMs, startsAt },
      backends.length,
    );
  const rules = { ...common, budget, copies: new Set<number>() };
  const plain = createVirtualProxy(dispatcher, fleet, rules);
  const hedged = hedging === null ? plain : withHedging(plain, dispatcher, hedging, rules);
  return { dispatcher, proxy: limit === null ? hedged : withLimit(hedged, limit) };
}

function rulesOf(
  { scenario, seed, readMs, algorithm }: VirtualTrial,
  jar: CookieJar,
  attempted: ProxyRules["attempted"],
): Common["rules"] {
  const { traffic, network } = scenario;
  const accidents = createRng(seed).fork("accidents");
  const repeatable = requestsOf(scenario).map(({ method, body }) => isRepeatable(method, body));
  return {
    view: createViews(scenario, algorithm.cookie === undefined ? null : jar, seed),
    isRepeatable: ({ type }) => repeatable[type] === true,
    accidents: ({ phase, k }) => accidents.fork(phase).fork(k),
    visitors: createVisitors(scenario),
    hopMs: network?.hop ?? 0,
    timeoutMs: traffic.timeout,
    tries: PARITY.tries,
    connectMs: PARITY.connectMs,
    readMs,
    attempted,
  };
}
