/** Instants as people read them: absolute in UTC, since investigators compare with CloudTrail. */
export function absolute(instant: string): string {
  return instant.replace("T", " ").replace(/(\.\d+)?Z$/, "") + " UTC";
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const FORMAT = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "3 hours ago", relative to `now` in milliseconds. */
export function relative(instant: string, now: number): string {
  const exact = Math.round((Date.parse(instant) - now) / 1000);
  // The page's clock ticks every ten seconds: what just happened is not in the future.
  const seconds = exact > 0 && exact < 15 ? 0 : exact;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return FORMAT.format(Math.trunc(seconds / length), unit);
  }
  return "now";
}
