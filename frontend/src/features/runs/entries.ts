/** Evaluations and experiment runs as rows of one table. */
import type { EvaluationView, ListedRun } from "@/api/types";
import { secondsBetween } from "@/lib/format";

export interface Entry {
  kind: "evaluation" | "experiment";
  id: string;
  name: string;
  status: string;
  candidates: string[];
  dataset: string | null;
  task: string | null;
  planned: number | null;
  ended: number;
  passRate: number | null;
  /** How many items the pass rate stands on, where that is known. */
  passCount: number;
  leader: string | null;
  /** The leading model's run, whose pass rate stands for the evaluation. */
  leaderRun: string | null;
  /** The run's own metrics by name; an evaluation has its leader's. */
  metrics: Record<string, number | null>;
  costUsd: string | null;
  createdAt: string;
  durationSeconds: number | null;
}

export function entryOfEvaluation(view: EvaluationView): Entry {
  return {
    kind: "evaluation",
    id: view.id,
    name: view.name,
    status: view.status,
    candidates: view.models,
    dataset: view.dataset.name,
    task: view.task.name,
    planned: view.planned,
    ended: view.ended,
    passRate: null,
    passCount: 0,
    leader: view.leader,
    leaderRun: leaderRun(view),
    metrics: {},
    costUsd: view.cost_usd,
    createdAt: view.created_at,
    durationSeconds: secondsBetween(view.created_at, view.finished_at),
  };
}

function leaderRun(view: EvaluationView): string | null {
  const index = view.leader === null ? -1 : view.models.indexOf(view.leader);
  return view.run_ids[index] ?? null;
}

export function entryOfRun(run: ListedRun): Entry {
  return {
    kind: "experiment",
    id: run.run_id,
    name: run.name,
    status: run.status,
    candidates: run.candidate ? [run.candidate] : [],
    dataset: run.dataset_id ?? null,
    task: null,
    planned: run.planned ?? null,
    ended: run.summary?.ended ?? 0,
    passRate: run.summary?.pass_rate ?? null,
    passCount: judgedOf(run),
    leader: null,
    leaderRun: null,
    metrics: metricsOf(run),
    costUsd: null,
    createdAt: run.created_at,
    durationSeconds: secondsBetween(run.created_at, run.finished_at),
  };
}

/** How many items a run's pass rate stands on. */
export function judgedOf({ summary }: ListedRun): number {
  return summary ? summary.passed + summary.not_passed : 0;
}

/** The aggregates of a run's metrics by name. */
export function metricsOf(run: ListedRun): Record<string, number | null> {
  const found = Object.entries(run.summary?.metrics ?? {});
  return Object.fromEntries(found.map(([name, { aggregate }]) => [name, aggregate]));
}

/** The entries with the oldest first, in whichever order they were chosen. */
export function byAge(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
}

const SAID_ELSEWHERE: ReadonlySet<string> = new Set(["pass_rate", "completion_rate"]);

/** The metrics that most of the entries have, the commonest first, at most ``limit``. */
export function commonMetrics(entries: readonly Entry[], limit: number): string[] {
  const counts = new Map<string, number>();
  for (const name of entries.flatMap((entry) => Object.keys(entry.metrics))) {
    if (!SAID_ELSEWHERE.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, many], [b, more]) => more - many || a.localeCompare(b))
    .slice(0, limit)
    .map(([name]) => name);
}

type Comparable = string | number | null;

const FIELDS: Record<string, (entry: Entry) => Comparable> = {
  created_at: (entry) => Date.parse(entry.createdAt),
  name: (entry) => entry.name,
};

/** The two in order, what is missing last whichever way. */
function compare(a: Comparable, b: Comparable, descending: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b === descending ? 1 : -1;
}

const METRIC = "metrics.";

/** Whether a field is a figure of what a run came to: its pass rate or a metric. */
export function isFigure(field: string): boolean {
  return field === "pass_rate" || field.startsWith(METRIC);
}

/** A figure of an entry; null where it has none. */
export function figureOf(entry: Entry, field: string): number | null {
  if (field === "pass_rate") return entry.passRate;
  return entry.metrics[field.slice(METRIC.length)] ?? null;
}

/** Whether an entry has a figure within bounds, both inclusive. */
export function isWithin(entry: Entry, field: string, min?: number, max?: number): boolean {
  const value = figureOf(entry, field);
  return value !== null && value >= (min ?? -Infinity) && value <= (max ?? Infinity);
}

/**
 * One page of two lists that are each sorted by ``sort``.
 *
 * Equals stand as the server has them: by id, and the newest first where a figure sorts.
 * Both lists must hold at least their first ``page * limit`` rows (or all of them).
 */
export function mergePage(
  lists: readonly (readonly Entry[])[],
  sort: string,
  page: number,
  limit: number,
): Entry[] {
  const descending = sort.startsWith("-");
  const name = descending ? sort.slice(1) : sort;
  const field = isFigure(name)
    ? (entry: Entry) => figureOf(entry, name)
    : (FIELDS[name] ?? ((entry: Entry) => Date.parse(entry.createdAt)));
  const began = (entry: Entry) => (isFigure(name) ? Date.parse(entry.createdAt) : 0);
  const newestFirst = descending || isFigure(name);
  const merged = lists
    .flat()
    .sort(
      (a, b) =>
        compare(field(a), field(b), descending) ||
        compare(began(a), began(b), newestFirst) ||
        compare(a.id, b.id, newestFirst),
    );
  return merged.slice((page - 1) * limit, page * limit);
}
