/** A session's tree as the rows of a waterfall, and where each lies in time. */
import { consumption, type Consumption, type TraceEvent } from "@/api/events";
import { duration } from "@/lib/format";

export interface TraceRow {
  event: TraceEvent;
  /** Counts from 1 at the root, as assistive technology does. */
  level: number;
  position: number;
  siblings: number;
  /** Undefined for an event without children. */
  expanded: boolean | undefined;
}

/** The rows that are shown, in order, while the events of ``collapsed`` hide their children. */
export function visibleRows(root: TraceEvent, collapsed: ReadonlySet<string>): TraceRow[] {
  const rows: TraceRow[] = [];
  const add = (event: TraceEvent, level: number, position: number, siblings: number) => {
    const expanded = event.children.length > 0 ? !collapsed.has(event.id) : undefined;
    rows.push({ event, level, position, siblings, expanded });
    if (!expanded) return;
    inOrder(event.children).forEach((child, index) =>
      add(child, level + 1, index + 1, event.children.length),
    );
  };
  add(root, 1, 1, 1);
  return rows;
}

/** By start; what has no time keeps its place behind those that have. */
function inOrder(events: readonly TraceEvent[]): TraceEvent[] {
  return [...events].sort((a, b) => (a.start ?? Infinity) - (b.start ?? Infinity) || 0);
}

/** Every event, parents first. */
export function allEvents(root: TraceEvent): TraceEvent[] {
  const found: TraceEvent[] = [];
  const walk = (event: TraceEvent) => {
    found.push(event);
    inOrder(event.children).forEach(walk);
  };
  walk(root);
  return found;
}

/** The ids from the root down to an event's parent; empty if it is not in the tree. */
export function ancestors(root: TraceEvent, id: string): string[] {
  const path: string[] = [];
  const find = (event: TraceEvent): boolean => {
    if (event.id === id) return true;
    path.push(event.id);
    if (event.children.some(find)) return true;
    path.pop();
    return false;
  };
  return find(root) ? path : [];
}

export interface Span {
  start: number;
  end: number;
}

/** From the first start to the last end; null where no event has a time. */
export function boundsOf(events: readonly TraceEvent[]): Span | null {
  let start = Infinity;
  let end = -Infinity;
  for (const event of events) {
    if (event.start === null) continue;
    start = Math.min(start, event.start);
    end = Math.max(end, event.end ?? event.start);
  }
  return end >= start ? { start, end: Math.max(end, start + 0.001) } : null;
}

/** Where an event's bar begins and how long it is, as shares of the whole; null without a time. */
export function barOf(event: TraceEvent, bounds: Span): { left: number; width: number } | null {
  if (event.start === null) return null;
  const whole = bounds.end - bounds.start;
  const left = (event.start - bounds.start) / whole;
  return { left, width: Math.max(0, ((event.end ?? event.start) - event.start) / whole) };
}

export interface Totals extends Consumption {
  events: number;
  errors: number;
  models: number;
}

function plus(sum: number | null, value: number | null): number | null {
  return value === null ? sum : (sum ?? 0) + value;
}

/** What the whole trace took; tokens and costs are those of its model calls. */
export function totalsOf(events: readonly TraceEvent[]): Totals {
  const totals: Totals = {
    events: events.length,
    errors: 0,
    models: 0,
    inputTokens: null,
    outputTokens: null,
    costUsd: null,
  };
  for (const event of events) {
    if (event.error !== null) totals.errors += 1;
    if (event.kind !== "model") continue;
    const own = consumption(event);
    totals.models += 1;
    totals.inputTokens = plus(totals.inputTokens, own.inputTokens);
    totals.outputTokens = plus(totals.outputTokens, own.outputTokens);
    totals.costUsd = plus(totals.costUsd, own.costUsd);
  }
  return totals;
}

const texts = new WeakMap<TraceEvent, string>();

/** Everything an event says, lowered, made once per event. */
function textOf(event: TraceEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const { name, kind, error, inputs, outputs, config, metadata, metrics, feedback } = event;
  const made = [
    name,
    kind,
    error,
    ...[inputs, outputs, config, metadata, metrics, feedback].map((part) => JSON.stringify(part)),
  ]
    .join("\n")
    .toLowerCase();
  texts.set(event, made);
  return made;
}

/** The ids of the events that say ``words``, in order. */
export function matching(events: readonly TraceEvent[], words: string): string[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return [];
  return events.filter((event) => textOf(event).includes(wanted)).map(({ id }) => id);
}

/** Milliseconds at the scale of a trace: ``0.42 ms``, ``12.3 ms``, ``1.20 s``. */
export function milliseconds(ms: number | null): string {
  if (ms === null) return "–";
  if (ms === 0) return "0 ms";
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return duration(ms / 1000);
}
