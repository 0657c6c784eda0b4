import type { MixPlan } from "../../../scenarios/mixes/plan.ts";
import type { Verdict } from "../../traffic/visitor.ts";
import type { ResponseParser } from "./http-parser.ts";

const OK = 200;
const FOUND = 302;

/** What an answer in time means to the visitor who sent a request of this type; without a mix, whether it is an error. */
export function createJudge(plan: MixPlan | null): (type: number, response: ResponseParser) => Verdict {
  if (plan === null) return (_type, { status }) => (status < 400 ? "fine" : "error");
  const expected = plan.mix.requests.map(({ leadsTo }) => leadsTo ?? null);
  return (type, { status, location }) => {
    if (status >= 400) return "error";
    const leadsTo = expected[type] ?? null;
    const isExpected = leadsTo === null ? status === OK : status === FOUND && location === leadsTo;
    // A redirect to somewhere else: to the login, or to an empty basket.
    return isExpected ? "fine" : "expired";
  };
}
