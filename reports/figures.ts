/** Figures as people read them: three significant digits and a unit; never a digit that was not measured. */

const digits = (value: number, significant = 3): string => {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(significant));
  if (Math.abs(rounded) < 1e-4) return rounded.toExponential(1);
  const decimals = Math.max(0, significant - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return grouped(
    Math.abs(rounded) >= 10 ** significant
      ? Math.round(value).toString()
      : String(Number(rounded.toFixed(decimals))),
  );
};

const grouped = (text: string): string =>
  text.replace(/^-?\d{4,}/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));

/** 0.31 to `310 µs`, 41.2 to `41.2 ms`, 5130 to `5.13 s`. */
export function showMs(ms: number): string {
  const size = Math.abs(ms);
  if (size === 0) return "0 ms";
  if (size < 0.9995) return `${digits(ms * 1_000)} µs`;
  return size < 999.5 ? `${digits(ms)} ms` : `${digits(ms / 1_000)} s`;
}

/** 348.26 to `348/s`. */
export const showRate = (perSecond: number): string => `${digits(perSecond)}/s`;

/** 0.0491 to `4.91 %`; two significant digits are enough below 1 %. */
export function showShare(share: number): string {
  const percent = share * 100;
  if (percent === 0) return "0 %";
  return percent < 0.01 ? "<0.01 %" : `${digits(percent, percent < 1 ? 2 : 3)} %`;
}

/** Percent without decimals from 10 %, for shares that a reader compares at a glance. */
export const showPercent = (share: number): string =>
  share >= 0.0995 ? `${Math.round(share * 100)} %` : showShare(Number(share.toPrecision(2)));

export const showMicros = (us: number): string =>
  us >= 999.5 ? `${digits(us / 1_000)} ms` : `${digits(us)} µs`;

export function showBytes(bytes: number): string {
  const mebi = bytes / 1_048_576;
  return mebi >= 1_024 ? `${digits(mebi / 1_024)} GiB` : `${digits(mebi)} MiB`;
}

export const showCount = (count: number): string => grouped(String(count));

export const showNumber = (value: number): string => digits(value);

/** 4.96 to `5.0 times`, 1.032 to `1.03 times`. */
export const showTimes = (ratio: number): string =>
  `${ratio >= 9.95 ? digits(ratio, 2) : ratio >= 1.995 ? ratio.toFixed(1) : ratio.toFixed(2)} times`;

/** Signed, for differences. */
export const signed = (value: number, show: (size: number) => string): string =>
  `${value > 0 ? "+" : value < 0 ? "−" : ""}${show(Math.abs(value))}`;

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  return words.length < 2
    ? (words[0] ?? "")
    : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/** As `list`, with all beyond the first few counted. */
export const listSome = (words: readonly string[], most = 4): string =>
  list(words.length <= most ? words : [...words.slice(0, most - 1), `${words.length - most + 1} others`]);

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${showCount(count)} ${count === 1 ? one : many}`;

export const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `113 to 131 ms`; one figure when all print alike. */
export function showSpan(values: readonly number[], show: (value: number) => string): string {
  const [low, high] = [show(Math.min(...values)), show(Math.max(...values))];
  if (low === high) return low;
  const unit = high.replace(/^-?[\d.,]+/, "");
  return `${unit !== "" && low.endsWith(unit) && /\d/.test(low.slice(0, -unit.length)) ? low.slice(0, -unit.length) : low} to ${high}`;
}
