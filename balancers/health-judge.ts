/** Of a backend that is checked: whether a check that passed or failed takes it out, brings it back, or changes nothing. */
export type HealthJudge = (passed: boolean) => "joins" | "leaves" | null;

/** It leaves after `fall` failed checks in a row and joins after `rise` passed ones; it begins as a member. */
export function createHealthJudge({
  rise,
  fall,
}: {
  readonly rise: number;
  readonly fall: number;
}): HealthJudge {
  let isUp = true;
  let against = 0;
  return (passed) => {
    against = passed === isUp ? 0 : against + 1;
    if (against < (isUp ? fall : rise)) return null;
    against = 0;
    isUp = !isUp;
    return isUp ? "joins" : "leaves";
  };
}

/** Statuses below this pass a check. */
export const HEALTHY_BELOW = 400;
