/** One colour per algorithm and one dash and marker per balancer, the same in every chart, so that colour never stands alone. */

/** Okabe and Ito's colours, told apart with every colour vision; `ink` is black on white and white on black. Yellow is left out: unreadable as a line on white. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  "round-robin": "#e69f00",
  "weighted-round-robin": "#56b4e9",
  random: "#cc79a7",
  "least-connections": "#0072b2",
  "power-of-two-choices": "#009e73",
  "peak-ewma": "#d55e00",
  "ip-hash": "#8a8a8a",
  "consistent-hash": "ink",
};
const COLOURS = ["#56b4e9", "#cc79a7", "#8a8a8a", "#009e73", "#d55e00", "#0072b2", "#e69f00"] as const;

const nameHash = (name: string): number => {
  let hash = 7;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0;
  return hash;
};

/** A hex colour or `ink`; an unknown algorithm's follows from its name alone, and one with overlays differs from the same without. */
export function algorithmColour(algorithm: string): string {
  if (Object.hasOwn(ALGORITHMS, algorithm)) return ALGORITHMS[algorithm]!;
  const bare = algorithm.split("+", 1)[0]!;
  const colours = bare === algorithm ? COLOURS : COLOURS.filter((colour) => colour !== algorithmColour(bare));
  return colours[nameHash(algorithm) % colours.length]!;
}

export interface LineStyle {
  readonly dash: readonly number[];
  readonly marker: "circle" | "triangle" | "rectRot" | "rect" | "crossRot" | "star";
}

const BALANCERS: Readonly<Record<string, LineStyle>> = {
  nginx: { dash: [], marker: "circle" },
  haproxy: { dash: [8, 4], marker: "triangle" },
  builtin: { dash: [2, 3], marker: "rectRot" },
  "nginx-native": { dash: [14, 4], marker: "rect" },
  "haproxy-native": { dash: [8, 3, 2, 3], marker: "crossRot" },
  "builtin-native": { dash: [1, 4], marker: "star" },
};
const STYLES: readonly LineStyle[] = [
  { dash: [10, 3, 2, 3], marker: "rect" },
  { dash: [4, 4], marker: "crossRot" },
  { dash: [12, 4], marker: "star" },
];

export const balancerStyle = (balancer: string): LineStyle =>
  Object.hasOwn(BALANCERS, balancer) ? BALANCERS[balancer]! : STYLES[nameHash(balancer) % STYLES.length]!;

/** Bands of backends: ordinary ones in greys and blues, one with a fault or a difference stands out. */
export const BACKEND_COLOURS = ["#9fb3c8", "#c7d3df", "#7b93ab", "#dfe6ed", "#5f7a94", "#b3c3d2"] as const;
export const FAULTY_BACKEND = "#d55e00";
export const DIFFERENT_BACKEND = "#e69f00";

/** Failures by kind, in the order they are stacked. */
export const FAILURES = [
  { key: "httpError", label: "error status", colour: "#d55e00" },
  { key: "connectionError", label: "no connection", colour: "#0072b2" },
  { key: "timeout", label: "timed out", colour: "#cc79a7" },
  { key: "aborted", label: "cut off", colour: "#8a8a8a" },
] as const;
