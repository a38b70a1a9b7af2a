/** Runs of experiments and of the bench. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../client";
import type {
  Aggregate,
  ItemRow,
  ItemStatus,
  ItemVerdict,
  ListedRun,
  Paged,
  RunStatus,
} from "../types";

export interface RunFilter {
  kind?: "experiment" | "bench" | undefined;
  status?: RunStatus | undefined;
  search?: string | undefined;
  run_ids?: string[] | undefined;
  dataset_id?: string | undefined;
  sort?: string | undefined;
  /** ``pass_rate``, or ``metrics.`` and a name. */
  metric?: string | undefined;
  metric_min?: number | undefined;
  metric_max?: number | undefined;
  page: number;
  limit: number;
}

export interface RunItemFilter {
  status?: ItemStatus | undefined;
  verdict?: ItemVerdict | undefined;
  search?: string | undefined;
  datapoint_id?: string[] | undefined;
  metric?: string | undefined;
  metric_min?: number | undefined;
  metric_max?: number | undefined;
  sort?: string | undefined;
}

export const runKeys = {
  all: ["runs"] as const,
  list: (filter: RunFilter) => [...runKeys.all, "list", filter] as const,
  detail: (id: string) => [...runKeys.all, "detail", id] as const,
  overview: (id: string, aggregate: Aggregate) =>
    [...runKeys.detail(id), "overview", aggregate] as const,
  items: (id: string, filter: RunItemFilter, page: number) =>
    [...runKeys.detail(id), "items", filter, page] as const,
  comparison: (newer: string, older: string) =>
    [...runKeys.all, "comparison", newer, older] as const,
};

export async function fetchRuns(
  filter: RunFilter,
  signal?: AbortSignal,
): Promise<Paged<ListedRun>> {
  const answer = await unwrap(api.GET("/v1/runs", { params: { query: filter }, signal }));
  const { page, limit, total } = answer.pagination;
  return { items: answer.evaluations, page, limit, total };
}

export const runQueries = {
  detail: (id: string) =>
    queryOptions({
      queryKey: runKeys.detail(id),
      queryFn: async ({ signal }) => {
        const path = { run_id: id };
        const answer = await unwrap(api.GET("/v1/runs/{run_id}", { params: { path }, signal }));
        return answer.evaluation;
      },
    }),
  overview: (id: string, aggregate: Aggregate) =>
    queryOptions({
      queryKey: runKeys.overview(id, aggregate),
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) =>
        unwrap(
          api.GET("/v1/runs/{run_id}/overview", {
            params: { path: { run_id: id }, query: { aggregate_function: aggregate } },
            signal,
          }),
        ),
    }),
  groups: (newer: string, older: string, field: string | undefined) =>
    queryOptions({
      queryKey: [...runKeys.comparison(newer, older), "groups", field],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) =>
        unwrap(
          api.GET("/v1/runs/{new_run_id}/compare/{old_run_id}/groups", {
            params: { path: { new_run_id: newer, old_run_id: older }, query: { field } },
            signal,
          }),
        ),
    }),
  comparison: (newer: string, older: string) =>
    queryOptions({
      queryKey: runKeys.comparison(newer, older),
      queryFn: ({ signal }) =>
        unwrap(
          api.GET("/v1/runs/{new_run_id}/compare-with/{old_run_id}", {
            params: { path: { new_run_id: newer, old_run_id: older } },
            signal,
          }),
        ),
    }),
};

export async function fetchRunItems(
  id: string,
  filter: RunItemFilter,
  page: number,
  limit: number,
  signal?: AbortSignal,
): Promise<Paged<ItemRow>> {
  const query = { ...filter, page, limit };
  return unwrap(
    api.GET("/v1/runs/{run_id}/items", { params: { path: { run_id: id }, query }, signal }),
  );
}

/** Where the items of a run are downloaded, narrowed as they are shown. */
export function itemsFileAddress(
  id: string,
  filter: RunItemFilter,
  format: "csv" | "jsonl",
): string {
  return `/v1/runs/${encodeURIComponent(id)}/items/export?${queryOf({ format, ...filter })}`;
}

/** Where the list of runs is downloaded, narrowed and sorted as it is shown. */
export function runsFileAddress(
  filter: Omit<RunFilter, "page" | "limit">,
  format: "csv" | "jsonl",
): string {
  return `/v1/runs/export?${queryOf({ format, ...filter })}`;
}

function queryOf(parts: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) {
    if (typeof value === "string" || typeof value === "number") query.set(name, String(value));
  }
  return query.toString();
}
