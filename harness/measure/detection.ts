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
  /** Start of the backend's first fault: until then its use shows whether it is in use at all. */
  readonly calmUntil: number;
}

export interface Detection {
  readonly detection: "seen" | "never" | "too-few-attempts" | "not-in-use";
  readonly detectedAfterMs: number | null;
  /** Null when nothing was attempted anywhere while the fault lasted. */
  readonly misdirectedShare: number | null;
  /** Attempts at the backend after detection and before the fault ended; null unless it was detected. */
  readonly sentWhileKnownBad: number | null;
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
 *
 * A backend that got under 10 % of its fair share before its first fault (it stands by, or is in nobody's subset) is not in use:
 * that it gets nothing now says nothing.
 */
export function createDetector({
  backend,
  at,
  for: length,
  fairShare,
  resolutionMs,
  calmUntil,
}: DetectorOptions): Detector {
  const before = { faulty: 0, total: 0 };
  const all = { faulty: 0, total: 0 };
  const poll = { faulty: 0, total: 0, lastFaultyMs: at, until: Number.NEGATIVE_INFINITY };
  const top = { excess: 0, atMs: at, total: 0, faulty: 0 };
  // Reports within one resolution belong together: what a poll says of one backend is not judged before it spoke of the others.
  const closePoll = (): void => {
    all.faulty += poll.faulty;
    all.total += poll.total;
    const excess = all.faulty - AVOIDED * fairShare * all.total;
    // Exactly 10 % is not under it; the margin is for rounding.
    if (poll.faulty > 0 && excess > top.excess - 1e-9) {
      Object.assign(top, { excess, atMs: poll.lastFaultyMs, total: all.total, faulty: all.faulty });
    }
    poll.faulty = 0;
    poll.total = 0;
  };
  return {
    add(report) {
      if (report.atMs < calmUntil) {
        before.total += report.count;
        if (report.backend === backend) before.faulty += report.count;
      }
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
      const unknown = { detectedAfterMs: null, sentWhileKnownBad: null };
      if (all.total === 0) return { detection: "too-few-attempts", misdirectedShare: null, ...unknown };
      const misdirectedShare = all.faulty / all.total;
      if (isIdle(before, fairShare) && all.faulty <= AVOIDED * fairShare * all.total)
        return { detection: "not-in-use", misdirectedShare, ...unknown };
      const missing = (all.total - top.total) * fairShare;
      if (missing >= EVIDENCE) {
        const sentWhileKnownBad = all.faulty - top.faulty;
        return { detection: "seen", detectedAfterMs: top.atMs - at, misdirectedShare, sentWhileKnownBad };
      }
      const enough = all.total * fairShare >= EVIDENCE;
      return { detection: enough ? "never" : "too-few-attempts", misdirectedShare, ...unknown };
    },
  };
}

/** Enough attempts were made, and as good as none at this backend. */
function isIdle(
  { faulty, total }: { readonly faulty: number; readonly total: number },
  fairShare: number,
): boolean {
  return fairShare * total >= EVIDENCE && faulty < AVOIDED * fairShare * total;
}
