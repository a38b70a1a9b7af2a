/** Loads one page of evaluations and experiment runs together. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { evaluationKeys, fetchEvaluations, type EvaluationSort } from "@/api/queries/evaluations";
import { fetchRuns, runKeys } from "@/api/queries/runs";
import type { Paged, RunStatus } from "@/api/types";
import {
  entryOfEvaluation,
  entryOfRun,
  isFigure,
  isWithin,
  judgedOf,
  mergePage,
  metricsOf,
  type Entry,
} from "./entries";

export interface EntryFilter {
  kind?: "evaluation" | "experiment" | undefined;
  status?: RunStatus | undefined;
  /** The dataset whose runs are wanted; evaluations are not told apart by theirs. */
  dataset?: string | undefined;
  search?: string | undefined;
  sort: string;
  /** ``pass_rate``, or ``metrics.`` and a name, whose number lies in the range. */
  metric?: string | undefined;
  min?: number | undefined;
  max?: number | undefined;
  page: number;
}

const PAGE_SIZE = 25;
/** The largest page the server gives; the merge reads both lists in steps of it. */
const STEP = 500;
const LIVE_MS = 3_000;
/** How often the list looks for new runs while none of those shown is going on. */
const IDLE_MS = 30_000;

type Loader<T> = (page: number, limit: number) => Promise<Paged<T>>;

async function firstRows<T>(
  load: Loader<T>,
  wanted: number,
): Promise<{ rows: T[]; total: number }> {
  const limit = Math.min(STEP, wanted);
  const first = await load(1, limit);
  const rows = [...first.items];
  for (let page = 2; rows.length < Math.min(wanted, first.total); page += 1) {
    const next = await load(page, limit);
    if (next.items.length === 0) break;
    rows.push(...next.items);
  }
  return { rows, total: first.total };
}

/** Gives each evaluation its leader's pass rate: one request for the whole page. */
async function withLeaders(entries: Entry[], signal: AbortSignal): Promise<Entry[]> {
  const ids = entries.flatMap((entry) => entry.leaderRun ?? []);
  if (ids.length === 0) return entries;
  const runs = await fetchRuns({ run_ids: ids, page: 1, limit: ids.length }, signal);
  const byId = new Map(runs.items.map((run) => [run.run_id, run]));
  return entries.map((entry) => {
    const run = entry.leaderRun ? byId.get(entry.leaderRun) : undefined;
    if (!run?.summary) return entry;
    const passRate = run.summary.pass_rate;
    return { ...entry, passRate, passCount: judgedOf(run), metrics: metricsOf(run) };
  });
}

/**
 * The evaluations that may be on the page, in the order asked for.
 *
 * What their leaders came to is known here alone, so where that counts all are read.
 */
async function loadEvaluations(
  filter: EntryFilter,
  signal: AbortSignal,
): Promise<{ rows: Entry[]; total: number }> {
  const { status, search, sort, page, metric, min, max } = filter;
  const byFigure = isFigure(sort.replace("-", "")) || metric !== undefined;
  const order = isFigure(sort.replace("-", "")) ? "-created_at" : (sort as EvaluationSort);
  const found = await firstRows(
    (at, limit) => fetchEvaluations({ search, status, sort: order, page: at, limit }, signal),
    byFigure ? Infinity : page * PAGE_SIZE,
  );
  const rows = found.rows.map(entryOfEvaluation);
  if (!byFigure) return { rows, total: found.total };
  const led = await withLeaders(rows, signal);
  const kept =
    metric === undefined ? led : led.filter((entry) => isWithin(entry, metric, min, max));
  return { rows: kept, total: kept.length };
}

async function loadEntries(filter: EntryFilter, signal: AbortSignal): Promise<Paged<Entry>> {
  const { kind, status, dataset, search, sort, page, metric, min, max } = filter;
  const wanted = page * PAGE_SIZE;
  const nothing = { rows: [], total: 0 };
  const [evaluations, experiments] = await Promise.all([
    kind === "experiment" || dataset !== undefined ? nothing : loadEvaluations(filter, signal),
    kind === "evaluation"
      ? nothing
      : firstRows(
          (at, limit) =>
            fetchRuns(
              {
                kind: "experiment",
                search,
                status,
                dataset_id: dataset,
                sort,
                metric,
                metric_min: min,
                metric_max: max,
                page: at,
                limit,
              },
              signal,
            ),
          wanted,
        ),
  ]);
  const lists = [evaluations.rows, experiments.rows.map(entryOfRun)];
  return {
    items: await withLeaders(mergePage(lists, sort, page, PAGE_SIZE), signal),
    page,
    limit: PAGE_SIZE,
    total: evaluations.total + experiments.total,
  };
}

export function useEntries(filter: EntryFilter) {
  return useQuery({
    queryKey: [...runKeys.all, ...evaluationKeys.all, "entries", filter],
    queryFn: ({ signal }) => loadEntries(filter, signal),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.items.some(({ status }) => status === "running" || status === "pending")
        ? LIVE_MS
        : IDLE_MS,
  });
}
