/** `count` attempts were sent to `backend` in the `resolutionMs` before `atMs`, on the trial's clock. */
export interface Attempts {
  readonly backend: number;
  readonly atMs: number;
  readonly count: number;
}

export interface DetectorOptions {
  readonly backend: number;
  readonly at: number;
  readonly for: number;
  /** Share of attempts that the backend's weight entitles it to. */
  readonly fairShare: number;
  readonly resolutionMs: number;
}

export interface Detection {
  readonly detection: "seen" | "never" | "too-few-attempts";
  readonly detectedAfterMs: number | null;
  /** Null when nothing was attempted anywhere while the fault lasted. */
  readonly misdirectedShare: number | null;
}

export interface Detector {
  /** Reports come in order of time, up to one resolution. */
  add(report: Attempts): void;
  finish(): Detection;
}

/** A backend that gets less than this share of its fair share is avoided. */
const AVOIDED = 0.1;
/** Attempts that the backend would fairly have got: fewer of them missing prove nothing (5 expected, none seen: 0.7 % by chance). */
const EVIDENCE = 5;

/**
 * First instant after `at` from which the backend gets under 10 % of its fair share of attempts, measured from that instant to every
 * later one before `at + for`; so a burst is not diluted by the quiet after it, and a probe now and then is allowed.
 *
 * With S(t) the attempts at the backend up to t minus 10 % of its fair share of all attempts up to t, "under it from t on" says
 * S(t) >= S(e) for all later e: the first such t is where S has its maximum, so one pass in constant memory finds it.
 */
export function createDetector({
  backend,
  at,
  for: length,
  fairShare,
  resolutionMs,
}: DetectorOptions): Detector {
  const all = { faulty: 0, total: 0 };
  const poll = { faulty: 0, total: 0, lastFaultyMs: at, until: Number.NEGATIVE_INFINITY };
  const top = { excess: 0, atMs: at, total: 0 };
  // Reports within one resolution belong together: what a poll says of one backend is not judged before it spoke of the others.
  const closePoll = (): void => {
    all.faulty += poll.faulty;
    all.total += poll.total;
    const excess = all.faulty - AVOIDED * fairShare * all.total;
    // Exactly 10 % is not under it; the margin is for rounding.
    if (poll.faulty > 0 && excess > top.excess - 1e-9) {
      Object.assign(top, { excess, atMs: poll.lastFaultyMs, total: all.total });
    }
    poll.faulty = 0;
    poll.total = 0;
  };
  return {
    add(report) {
      if (report.atMs < at || report.atMs >= at + length || report.count === 0) return;
      if (report.atMs >= poll.until) {
        closePoll();
        poll.until = report.atMs + resolutionMs;
      }
      poll.total += report.count;
      if (report.backend !== backend) return;
      poll.faulty += report.count;
      poll.lastFaultyMs = report.atMs;
    },
    finish() {
      closePoll();
      if (all.total === 0)
        return { detection: "too-few-attempts", detectedAfterMs: null, misdirectedShare: null };
      const misdirectedShare = all.faulty / all.total;
      const missing = (all.total - top.total) * fairShare;
      if (missing >= EVIDENCE) return { detection: "seen", detectedAfterMs: top.atMs - at, misdirectedShare };
      const enough = all.total * fairShare >= EVIDENCE;
      return { detection: enough ? "never" : "too-few-attempts", detectedAfterMs: null, misdirectedShare };
    },
  };
}
