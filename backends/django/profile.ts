/**
 * What a request costs by the view that answers it: times of the shop's views and the cost of a login by version of Django. Data alone; a
 * calibrated profile has the same form. Where the numbers come from: [M] measured on Debian's Django 3.2 with SQLite, one sync worker, as
 * lognormal of the CPU time; [P] proposed, because waiting depends on the database and on who is asked over the network.
 */
import type { DistributionSpec } from "#kernel/distribution.ts";

/** Versions of Django that a backend can behave like. */
export const DJANGO_VERSIONS = ["3.2", "4.2", "5.2", "6.0", "6.1"] as const;
export type DjangoVersion = (typeof DJANGO_VERSIONS)[number];

/** Parts of a service demand at speed 1; `gilFree` needs a core and not the interpreter lock. */
export interface ViewTimes {
  readonly cpu: DistributionSpec;
  readonly io?: DistributionSpec;
  readonly gilFree?: DistributionSpec;
}

/** Views as `urls.ts` names them. */
export const VIEWS = [
  "health",
  "home",
  "catalogue",
  "category",
  "product",
  "searchForm",
  "search",
  "productList",
  "setLanguage",
  "basket",
  "addToBasket",
  "loginPage",
  "login",
  "profile",
  "orders",
  "order",
  "checkout",
  "shippingAddress",
  "preview",
  "placeOrder",
  "thankYou",
  "dashboard",
  "changeProduct",
] as const;
export type ViewName = (typeof VIEWS)[number];

export type Profile = Readonly<Record<ViewName, ViewTimes>>;

const ln = (median: number, sigma: number): DistributionSpec => ({ type: "lognormal", median, sigma });
const sometimes = (share: number, low: DistributionSpec, high: DistributionSpec): DistributionSpec => ({
  type: "bimodal",
  share,
  low,
  high,
});

/** Rounds of PBKDF2 that `PBKDF2PasswordHasher.iterations` asks for. */
const HASH_ITERATIONS: Readonly<Record<DjangoVersion, number>> = {
  "3.2": 260_000,
  "4.2": 600_000,
  "5.2": 1_000_000,
  "6.0": 1_200_000,
  "6.1": 1_500_000,
};
/** 0.34 to 0.40 us each [M]: 95 ms at the median for 260,000, 380 ms for a million. */
const HASH_MS_PER_ITERATION = 0.38e-3;
const HASH_SIGMA = 0.17;

/** A page that a template fills with fifty products [M], read by one query of the database [P]. */
const shelf: ViewTimes = { cpu: ln(8.5, 0.2), io: ln(4, 0.5) };
/** A small form or confirmation, with the session read from the database [P]. */
const step: ViewTimes = { cpu: ln(2.5, 0.2), io: ln(5, 0.5) };

const VIEW_TIMES: Omit<Profile, "login"> = {
  health: { cpu: ln(0.16, 0.34) },
  home: { cpu: ln(8.5, 0.2), io: ln(3, 0.4) },
  catalogue: shelf,
  category: shelf,
  product: { cpu: ln(1.5, 0.27), io: ln(2, 0.4) },
  searchForm: { cpu: ln(1, 0.27) },
  search: { cpu: ln(4, 0.25), io: sometimes(0.05, ln(10, 0.4), ln(80, 0.5)) },
  productList: { cpu: ln(1.2, 0.27), io: ln(1.5, 0.4) },
  setLanguage: { cpu: ln(0.3, 0.3) },
  basket: { cpu: ln(1.9, 0.2), io: ln(2, 0.4) },
  addToBasket: { cpu: ln(2.7, 0.18), io: ln(5, 0.5) },
  loginPage: { cpu: ln(1.8, 0.185) },
  profile: step,
  orders: step,
  order: step,
  checkout: step,
  shippingAddress: step,
  preview: step,
  // One in ten waits for the bank.
  placeOrder: { cpu: ln(2.2, 0.22), io: sometimes(0.1, ln(15, 0.5), ln(150, 0.6)) },
  thankYou: step,
  dashboard: shelf,
  changeProduct: { cpu: ln(2.7, 0.18), io: ln(5, 0.5) },
};

/** Checking a password, right or wrong, is the one view that differs much by version: its hash gets dearer with each. */
export function profileOf(version: DjangoVersion): Profile {
  const hash = ln(HASH_ITERATIONS[version] * HASH_MS_PER_ITERATION, HASH_SIGMA);
  return { ...VIEW_TIMES, login: { cpu: { type: "constant", value: 2 }, gilFree: hash } };
}

/** What gunicorn and the kernel do for every request to a sync worker, ms of CPU [M]. */
export const GUNICORN_MS = 0.3;

/** What a request to a view asks of a worker: its own parts, and what gunicorn does for it. */
export function demandOf({ cpu, ...others }: ViewTimes): ViewTimes {
  return { cpu: { type: "sum", of: [{ type: "constant", value: GUNICORN_MS }, cpu] }, ...others };
}

const ROUTES: readonly (readonly [path: RegExp, get: ViewName, post?: ViewName])[] = [
  [/^\/$/, "home"],
  [/^\/healthz\/$/, "health"],
  [/^\/catalogue\/$/, "catalogue"],
  [/^\/catalogue\/category\/[^/]+\/$/, "category"],
  [/^\/catalogue\/[^/]+\/$/, "product"],
  [/^\/search\/\?(?:.*&)?q=/, "search"],
  [/^\/search\/$/, "searchForm"],
  [/^\/api\/products\/$/, "productList"],
  [/^\/i18n\/setlang\/$/, "setLanguage"],
  [/^\/basket\/$/, "basket"],
  [/^\/basket\/add\/[^/]+\/$/, "addToBasket"],
  [/^\/accounts\/login\/$/, "loginPage", "login"],
  [/^\/accounts\/profile\/$/, "profile"],
  [/^\/accounts\/orders\/$/, "orders"],
  [/^\/accounts\/orders\/[^/]+\/$/, "order"],
  [/^\/checkout\/$/, "checkout"],
  [/^\/checkout\/shipping-address\/$/, "shippingAddress"],
  [/^\/checkout\/preview\/$/, "preview", "placeOrder"],
  [/^\/checkout\/thank-you\/$/, "thankYou"],
  [/^\/dashboard\/catalogue\/$/, "dashboard", "changeProduct"],
];

/** The view behind a path with its query; the health view, which does next to nothing, for a path that there is not. */
export function viewOf(method: string, path: string): ViewName {
  const plain = path.split("?", 1)[0] as string;
  const route =
    ROUTES.find(([pattern]) => pattern.test(path)) ?? ROUTES.find(([pattern]) => pattern.test(plain));
  if (route === undefined) return "health";
  const [, get, post = get] = route;
  return method === "POST" ? post : get;
}
