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
    passCount: run.summary?.ended ?? 0,
    leader: null,
    leaderRun: null,
    metrics: metricsOf(run),
    costUsd: null,
    createdAt: run.created_at,
    durationSeconds: secondsBetween(run.created_at, run.finished_at),
  };
}

/** The aggregates of a run's metrics by name. */
export function metricsOf(run: ListedRun): Record<string, number | null> {
  const found = Object.entries(run.summary?.metrics ?? {});
  return Object.fromEntries(found.map(([name, { aggregate }]) => [name, aggregate]));
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

function compare(a: Comparable, b: Comparable): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

/**
 * One page of two lists that are each sorted by ``sort``.
 *
 * Both lists must hold at least their first ``page * limit`` rows (or all of them).
 */
export function mergePage(
  lists: readonly (readonly Entry[])[],
  sort: string,
  page: number,
  limit: number,
): Entry[] {
  const descending = sort.startsWith("-");
  const field = FIELDS[descending ? sort.slice(1) : sort] ?? FIELDS.created_at;
  if (!field) return [];
  const merged = lists
    .flat()
    .sort((a, b) => (descending ? -1 : 1) * compare(field(a), field(b)) || compare(a.id, b.id));
  return merged.slice((page - 1) * limit, page * limit);
}
