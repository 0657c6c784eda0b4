/** For tests of overlays: the pipeline of an algorithm with overlays, without a proxy around it. */

import { createRng } from "#kernel/rng.ts";
import { readComposedName } from "../composed-name.ts";
import type { Dispatcher } from "../dispatcher.ts";
import { findAlgorithm } from "../find-algorithm.ts";
import { CLIENT_ADDRESS } from "../hash-key.ts";
import { type OverlaySettings, rulesOf } from "../overlay-rules.ts";
import { createPipeline, type Pipeline } from "../pipeline.ts";

export interface Setting {
  readonly settings?: OverlaySettings;
  readonly weights?: readonly number[];
  readonly priorities?: readonly number[];
  readonly seed?: number;
  readonly instance?: number;
}

export function pipelineOf(
  name: string,
  size: number,
  { settings = {}, weights = [], priorities = [], seed = 1, instance = 0 }: Setting = {},
): Pipeline {
  const definition = findAlgorithm(readComposedName(name).algorithm);
  if (definition === undefined) throw new Error(`no algorithm in ${name}`);
  return createPipeline({
    definition,
    hashKey: CLIENT_ADDRESS,
    rng: createRng(seed).fork("algorithm"),
    backends: Array.from({ length: size }, (_, at) => ({
      weight: weights[at] ?? 1,
      priority: priorities[at],
    })),
    ejection: { maxFails: 1, ejectMs: 10_000 },
    budget: null,
    overlays: rulesOf(name, settings),
    seed,
    instance,
    // Nobody answers.
    probe: () => undefined,
    now: 0,
  });
}

/** How many of so many requests went to each backend, each ending at once. */
export function countsOf(dispatcher: Dispatcher, size: number, requests: number, now: number): number[] {
  const counts = new Array<number>(size).fill(0);
  for (let k = 0; k < requests; k++) {
    const request = { clientAddress: `127.${k & 255}.${k >> 8}.1`, path: `/${k}`, header: () => undefined };
    const attempt = dispatcher.start(request, now);
    if (attempt === null) continue;
    counts[attempt.backend]! += 1;
    dispatcher.settle(attempt, "answered", now);
  }
  return counts;
}
