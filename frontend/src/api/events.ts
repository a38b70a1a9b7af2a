/** Sessions and events, whose wire form is open: read leniently, once, at this door. */
import { entriesOf, typedObject } from "@/lib/values";

export type EventKind = "session" | "chain" | "tool" | "model";
export type Fields = Record<string, unknown>;

/** One operation of a session with those it holds. Times are milliseconds since 1970. */
export interface TraceEvent {
  id: string;
  sessionId: string;
  parentId: string | null;
  name: string;
  kind: EventKind;
  source: string | null;
  error: string | null;
  start: number | null;
  end: number | null;
  durationMs: number | null;
  inputs: Fields;
  outputs: Fields;
  config: Fields;
  metadata: Fields;
  metrics: Fields;
  feedback: Fields;
  userProperties: Fields;
  runId: string | null;
  datapointId: string | null;
  children: TraceEvent[];
}

/** What a server-side evaluator or a person said of an event. */
export interface EventScore {
  name: string;
  status: string;
  value: number | string | null;
  passed: boolean | null;
  reason: string | null;
}

/** What a model call took; null where it is not known. */
export interface Consumption {
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
}

const KINDS: readonly EventKind[] = ["session", "chain", "tool", "model"];

/** An object that may have been sent as its JSON, as attributes of spans have no other form. */
function fieldsOrJson(value: unknown): Fields {
  const read = typeof value === "string" ? typedObject(value) : value;
  return typeof read === "object" && read !== null ? fields(read) : {};
}

function fields(value: unknown): Fields {
  const entries = entriesOf(value);
  if (entries !== null) return Object.fromEntries(entries);
  return value === null || value === undefined ? {} : { value };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numeric(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || value.trim() === "") return null;
  return Number.isFinite(Number(value)) ? Number(value) : null;
}

/** Reads one event and, recursively, its children. */
export function eventOf(value: unknown): TraceEvent {
  const raw = fields(value);
  const start = numeric(raw.start_time);
  const told = numeric(raw.end_time);
  const durationMs =
    numeric(raw.duration) ?? (start !== null && told !== null ? Math.max(0, told - start) : null);
  const end = told ?? (start !== null && durationMs !== null ? start + durationMs : null);
  return {
    id: text(raw.event_id) ?? "",
    sessionId: text(raw.session_id) ?? "",
    parentId: text(raw.parent_id),
    name: text(raw.event_name) ?? "unnamed",
    kind: KINDS.find((kind) => kind === raw.event_type) ?? "session",
    source: text(raw.source),
    error: text(raw.error),
    start,
    end,
    durationMs,
    inputs: fields(raw.inputs),
    outputs: fields(raw.outputs),
    config: fields(raw.config),
    metadata: fields(raw.metadata),
    metrics: fields(raw.metrics),
    feedback: fields(raw.feedback),
    userProperties: fields(raw.user_properties),
    runId: text(raw.run_id),
    datapointId: text(raw.datapoint_id),
    children: Array.isArray(raw.children) ? raw.children.map(eventOf) : [],
  };
}

/** Reads a session's tree; the answer wraps it under ``session``. */
export function sessionOf(value: unknown): TraceEvent {
  return eventOf(fields(value).session);
}

/** The found events as they were sent. */
export function rawEvents(value: unknown): Fields[] {
  const { events } = fields(value);
  return Array.isArray(events) ? events.map(fields) : [];
}

/** Reads one page of found events and how many there are in all. */
export function foundEvents(value: unknown): { items: TraceEvent[]; total: number } {
  const items = rawEvents(value).map(eventOf);
  return { items, total: numeric(fields(value).totalEvents) ?? items.length };
}

/** Under this key of the metadata the server keeps what a bare metric cannot say. */
export const SCORES_KEY = "assay_scores";

/** The scores that the server keeps with an event, with their reasons. */
export function scoresOf({ metadata }: TraceEvent): EventScore[] {
  return Object.entries(fields(metadata[SCORES_KEY])).map(([name, entry]) => {
    const raw = fields(entry);
    return {
      name,
      status: text(raw.status) ?? "scored",
      value: text(raw.label) ?? numeric(raw.value),
      passed: typeof raw.passed === "boolean" ? raw.passed : null,
      reason: text(raw.reason),
    };
  });
}

const INPUT_KEYS = ["input_tokens", "prompt_tokens", "prompt"];
const OUTPUT_KEYS = ["output_tokens", "completion_tokens", "completion"];
const COST_KEYS = ["cost", "cost_usd", "total_cost"];

function firstOf(sources: readonly Fields[], keys: readonly string[]): number | null {
  for (const source of sources) {
    for (const key of keys) {
      const found = numeric(source[key]);
      if (found !== null) return found;
    }
  }
  return null;
}

/** The event's own tokens and cost, under whichever of the usual names they came. */
export function consumption({ metadata }: TraceEvent): Consumption {
  const usage = fieldsOrJson(metadata.usage);
  const tokens = [usage, metadata];
  return {
    inputTokens: firstOf(tokens, INPUT_KEYS),
    outputTokens: firstOf(tokens, OUTPUT_KEYS),
    costUsd: firstOf([metadata, usage], COST_KEYS),
  };
}
