import type { RequestView } from "../../balancers/algorithm.ts";
import { mixOf, requestsOf } from "../../scenarios/requests.ts";
import type { RequestType, Scenario } from "../../scenarios/scenario.ts";
import { clientAddress } from "../traffic/client-address.ts";
import type { CookieJar } from "../traffic/cookie-jar.ts";
import { forClient } from "../traffic/for-client.ts";
import { aboutProduct, productsOf } from "../traffic/products.ts";
import { createFlight, type Flight } from "./flights.ts";
import { createHolders } from "./shop.ts";

/** What an algorithm sees of a flight, with the cookie that its client keeps in `jar`; the view is the same object every time, good for one pick. */
export function createViews(
  scenario: Scenario,
  jar: CookieJar | null,
  seed: number,
): (flight: Flight) => RequestView {
  const requests = requestsOf(scenario);
  const holderOf = createHolders(scenario);
  const plan = mixOf(scenario);
  const productOf = plan === null ? null : productsOf(plan, seed);
  const addresses: string[] = [];
  const headers = requests.map(
    (request) => new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
  );
  let current = createFlight();
  const view: RequestView = {
    get clientAddress() {
      const { client } = current;
      addresses[client] ??= clientAddress(client);
      return addresses[client];
    },
    get path() {
      const path = forClient((requests[current.type] as RequestType).path, current.client);
      return productOf === null ? path : aboutProduct(path, productOf(current.k, current.phase));
    },
    header(name) {
      const said = headers[current.type]?.get(name);
      const own = said === undefined ? undefined : forClient(said, current.client);
      const kept = name === "cookie" && jar !== null ? jar.of(holderOf(current)) : null;
      if (kept === null) return own;
      return own === undefined ? kept : `${own}; ${kept}`;
    },
  };
  return (flight) => {
    current = flight;
    return view;
  };
}
