import { Buffer } from "node:buffer";
import type { Rng } from "#kernel/rng.ts";
import type { Turn } from "./django/app.ts";
import type { Guest } from "./timetable.ts";

const NO_BODY = Buffer.alloc(0);

/** A request as faults see it; `draws` is asked for once at most. */
export function guestOf({ request, answer }: Turn, isOnKept: boolean, draws: () => Rng): Guest {
  const { method = "GET", url = "/", headers } = request;
  const question = url.indexOf("?");
  const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  let stream: Rng | null = null;
  return {
    method,
    path: question < 0 ? url : url.slice(0, question),
    isOnKept,
    // What a form brings is not there yet; its answer is a redirect.
    answerBytes: () => (hasBody ? 0 : Buffer.byteLength(answer(NO_BODY).body)),
    draws() {
      stream ??= draws();
      return stream;
    },
  };
}
