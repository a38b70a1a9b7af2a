/** Stored values of any shape as text. */

/** The fields of an object; null for anything else. */
export function entriesOf(value: unknown): [string, unknown][] | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.entries(value);
}

/** A value as text: strings as they are, everything else as JSON. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  return JSON.stringify(value, null, 2);
}

/** One line that stands for a value: the only field of an object, or all of it. */
export function preview(value: unknown, length = 180): string {
  const entries = entriesOf(value);
  const shown = entries?.length === 1 ? entries[0]?.[1] : value;
  const text = typeof shown === "string" ? shown : (JSON.stringify(shown) ?? "–");
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
