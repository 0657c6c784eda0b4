import { type Html, html } from "./template.ts";

const WORDS: readonly (readonly [string, string])[] = [
  [
    "backend",
    "One simulated Django server behind gunicorn: it has workers, a queue in front of them, and faults on a timetable.",
  ],
  [
    "balancer",
    "What is under test and stands in front of the backends: NGINX, HAProxy or our own TypeScript proxy (builtin).",
  ],
  ["algorithm", "How a balancer chooses a backend for a request."],
  ["contestant", "One balancer with one algorithm."],
  [
    "trial",
    "One scenario with one contestant, once. Equal seeds mean equal arrivals and equal work for every contestant.",
  ],
  [
    "latency",
    "From the instant a request was due by the timetable to the end of its response: a stalled balancer cannot hide the requests that it kept waiting.",
  ],
  [
    "p99",
    "99 % of all requests were answered within this time. A failed request ranks slower than any success, so failing fast does not look fast.",
  ],
  ["not reached", "So many requests failed that the percentile lies among them."],
  ["too few", "Fewer than 10 requests lie beyond the percentile: it is not worth printing."],
  ["interval", "95 % interval from batches of the window; over repeats, from the lowest to the highest."],
  [
    "☆ not distinguishable",
    "Its interval overlaps that of the best, or the difference is no larger than what the same contestant played twice differed by. Where too few requests lie beyond a percentile for an interval, differences up to 1/√(requests beyond it) do not count.",
  ],
  [
    "open / closed",
    "Open: requests arrive by a timetable, whatever the contestant does. Closed: each user waits for a response before the next request; shows throughput, hides queueing.",
  ],
  [
    "suspect, invalid",
    "Said of the measurement, never of the contestant: the generator was late, the machine was busy, the counts do not add up.",
  ],
  [
    "unstable",
    "A backend gets more than it can do for good: latency grows for as long as the trial lasts, and percentiles only measure that length.",
  ],
  [
    "regret",
    "Mean time at the backends above that of one queue for all workers, as a share of what random routing is above it, for the same requests: 0 is ideal, 1 is random. Free of the machine's speed; only without faults and failures.",
  ],
  [
    "counterfactual",
    "The same trial with the same seed, without the faults. Every request is compared with itself: how many more failed, and how much longer the others took.",
  ],
  ["goodput", "Requests that were answered within the latency objective, per second."],
  [
    "error budget",
    "How many requests of the window may fail by the availability objective; a contestant that burns more than all of it misses the objective.",
  ],
  ["send lag", "How late the load generator sent a request."],
  [
    "hop",
    "Latency minus what the backend reports of queue and service: the balancer, the network and the generator's own handling.",
  ],
];

/** How the numbers came about and what the words mean, for someone who reads such a report for the first time. */
export const methodSection = (): Html => html`<section id="method"><h2>How to read this</h2>
<p>Colour is the algorithm, dash and marker are the balancer, everywhere. All balancers ran with like settings (tuning parity) unless said otherwise; the configurations are above, word for word. Percentiles come from histograms with three significant digits and are never averaged.</p>
<dl>${WORDS.map(([word, meaning]) => html`<dt>${word}</dt><dd>${meaning}</dd>`)}</dl></section>`;
