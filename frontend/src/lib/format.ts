/** Numbers, money, durations and dates as the page writes them. */

export const NONE = "–";
const THIN = "\u2009";

/** A ratio 0–1 as a percentage, such as ``56.3 %``. */
export function percent(ratio: number | null | undefined, digits = 1): string {
  if (ratio === null || ratio === undefined) return NONE;
  return `${(ratio * 100).toFixed(digits)}${THIN}%`;
}

/** A difference of two ratios in percentage points, signed, such as ``+21.5 pp``. */
export function points(difference: number | null | undefined, digits = 1): string {
  if (difference === null || difference === undefined) return NONE;
  return `${signed(difference * 100, digits)}${THIN}pp`;
}

/** A number with its sign; a true minus sign is used. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value > 0 ? "+" : "−"}${text}`;
}

/** An interval of ratios in percent, such as ``[53.6, 58.9]``. */
export function intervalText(interval: readonly number[] | null | undefined): string {
  const [low, high] = interval ?? [];
  if (low === undefined || high === undefined) return "";
  const end = (ratio: number) => (ratio * 100).toFixed(1).replace("-", "−");
  return `[${end(low)}, ${end(high)}]`;
}

/** A whole number with thousands separators. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : value.toLocaleString("en-US");
}

/** A metric value of unknown scale with up to four significant digits. */
export function metric(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return value.toLocaleString("en-US");
  if (Math.abs(value) >= 1000) return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  return Math.abs(value) >= 0.001 || value === 0 ? value.toFixed(3) : value.toExponential(2);
}

/** A metric in a column: ratios always with three decimals, so that they line up. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (value !== 0 && Math.abs(value) < 0.0095) return tiny(value);
  return value >= 0 && value <= 1 ? value.toFixed(3) : metric(value);
}

/** A number near zero with two digits that count, such as ``0.00052``. */
function tiny(value: number): string {
  return Math.abs(value) < 1e-6 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}

/** A change of a metric with its sign, never rounded to nothing. */
export function change(value: number): string {
  if (value === 0 || Math.abs(value) >= 0.0095) return signed(value, 3);
  return `${value > 0 ? "+" : "−"}${tiny(Math.abs(value))}`;
}

/** A metric as it is called: its name in words, and the event behind it where it names one. */
export function metricLabel(key: string): string {
  const [name = "", event] = key.split("|");
  const words = name.replaceAll("_", " ");
  return event ? `${words} · ${event}` : words;
}

const TESTS: Record<string, string> = {
  "mcnemar-mid-p": "McNemar mid-p",
  "mcnemar-exact": "McNemar exact",
  "within-case": "within-case",
};

/** A statistical test by its usual name. */
export function testName(test: string): string {
  return TESTS[test] ?? test.replaceAll("-", " ");
}

/** US dollars from decimal text; small sums keep their significant digits. */
export function money(usd: string | number | null | undefined): string {
  if (usd === null || usd === undefined) return NONE;
  const value = Number(usd);
  if (value === 0) return "$0";
  if (Math.abs(value) >= 1000)
    return `$${value.toLocaleString("en-US", { maximumFractionDigits: 0 })}`;
  if (Math.abs(value) >= 1) return `$${value.toFixed(2)}`;
  if (Math.abs(value) >= 0.01) return `$${value.toFixed(4).replace(/0{1,2}$/, "")}`;
  if (Math.abs(value) < 1e-6) return `$${value.toExponential(1)}`;
  return `$${value.toFixed(2 - Math.floor(Math.log10(Math.abs(value)))).replace(/0+$/, "")}`;
}

/** A duration in seconds at the scale a person reads. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return NONE;
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/** Seconds between two moments; null while the second is missing. */
export function secondsBetween(start: string, end: string | null | undefined): number | null {
  return end ? (Date.parse(end) - Date.parse(start)) / 1000 : null;
}

/** A probability as reported beside a test. */
export function pValue(p: number | null | undefined): string {
  if (p === null || p === undefined) return NONE;
  if (p < 0.0001) return "< 0.0001";
  return p < 0.01 ? p.toFixed(4) : p.toFixed(3);
}

/** A moment as local date and time, in one fixed order. */
export function dateTime(moment: string | null | undefined): string {
  if (!moment) return NONE;
  const date = new Date(moment);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** How long ago, in words; a date once it is more than a week. */
export function ago(moment: string, now: Date): string {
  const seconds = (now.getTime() - Date.parse(moment)) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  const days = Math.round(seconds / 86_400);
  return days <= 7 ? `${days} d ago` : dateTime(moment).slice(0, 10);
}

/** The first characters of a digest or a long name. */
export function short(text: string, length = 12): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What tells an id from others: the end where the beginning is a time, as in UUIDs. */
export function shortId(id: string, length: number): string {
  return UUID.test(id) && id.length > length ? `…${id.slice(-length)}` : short(id, length);
}

/** "1 datapoint", "2 datapoints". */
export function plural(amount: number, word: string): string {
  return `${count(amount)} ${word}${amount === 1 ? "" : "s"}`;
}

/** A model's own name, without the provider and the recording it is read from. */
export function modelName(spec: string): string {
  const hash = spec.lastIndexOf("#");
  if (hash >= 0 && hash < spec.length - 1) return spec.slice(hash + 1);
  const colon = spec.indexOf(":");
  return colon >= 0 && colon < spec.length - 1 ? spec.slice(colon + 1) : spec;
}
