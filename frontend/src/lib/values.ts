/** Stored values of any shape as text. */

/** The fields of an object; null for anything else. */
export function entriesOf(value: unknown): [string, unknown][] | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.entries(value);
}

/** Whether a value is a short text that can stand in a list without quotes. */
function isWord(value: unknown): boolean {
  return typeof value === "string" && /^[^\s,]{1,40}$/.test(value);
}

/** A value as text: strings as they are, plain words listed, everything else as JSON. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length > 0 && value.every(isWord)) return listed(value);
  return JSON.stringify(value, null, 2);
}

const MOST_WORDS = 50;

/** Words in a row; of very many the first, and how many more there are. */
function listed(words: readonly unknown[]): string {
  const more = words.length - MOST_WORDS;
  const shown = words.slice(0, MOST_WORDS).join(", ");
  return more > 0 ? `${shown} and ${more.toLocaleString("en-US")} more` : shown;
}

/** One line that stands for a value: the only field of an object, or each by its name. */
export function preview(value: unknown, length = 180): string {
  if (value === null) return "–";
  const entries = entriesOf(value) ?? [];
  const [only] = entries;
  const parts = entries.map(([name, field]) => `${name}: ${lineOf(field, length)}`);
  const line =
    only && entries.length > 1 ? parts.join(" · ") : lineOf(only ? only[1] : value, length);
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/** The beginning of a value on one line; of megabytes no more is looked at. */
function lineOf(value: unknown, length: number): string {
  const text = typeof value === "string" ? value : jsonText(value);
  return text
    .slice(0, 4 * length)
    .replace(/\s+/g, " ")
    .trim();
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** An object without the fields that say nothing; arrays keep their length. */
export function withoutEmpty(value: unknown): unknown {
  const entries = entriesOf(value);
  if (entries === null) return value;
  const kept = entries.map(([name, field]) => [name, withoutEmpty(field)] as const);
  return Object.fromEntries(kept.filter(([, field]) => !isEmpty(field)));
}

/** JSON of a value; undefined has none. */
function jsonText(value: unknown): string {
  return value === undefined ? "–" : JSON.stringify(value);
}

/** An output as text; the only field of an object stands without its name. */
export function outputText(output: unknown): string {
  if (output === null || output === undefined) return "";
  const fields = entriesOf(output);
  return plainText(fields?.length === 1 ? fields[0]?.[1] : output);
}

/** What is copied of a value: a text as it is, anything else as JSON. */
export function copiedText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** A typed JSON object; null where nothing was typed; a text says what is wrong. */
export function typedObject(text: string): Record<string, unknown> | null | string {
  if (text.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return `This is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  const entries = entriesOf(value);
  return entries === null ? "A JSON object is needed, from { to }." : Object.fromEntries(entries);
}
