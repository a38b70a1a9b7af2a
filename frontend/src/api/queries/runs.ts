/** Runs of experiments and of the bench. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../client";
import type {
  Aggregate,
  ItemRow,
  ItemStatus,
  ListedRun,
  Paged,
  RunSort,
  RunStatus,
} from "../types";

export interface RunFilter {
  kind?: "experiment" | "bench" | undefined;
  status?: RunStatus | undefined;
  search?: string | undefined;
  run_ids?: string[] | undefined;
  sort?: RunSort | undefined;
  page: number;
  limit: number;
}

export interface RunItemFilter {
  status?: ItemStatus | undefined;
  passed?: boolean | undefined;
  search?: string | undefined;
}

export const runKeys = {
  all: ["runs"] as const,
  list: (filter: RunFilter) => [...runKeys.all, "list", filter] as const,
  detail: (id: string) => [...runKeys.all, "detail", id] as const,
  result: (id: string, aggregate: Aggregate) =>
    [...runKeys.detail(id), "result", aggregate] as const,
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
  result: (id: string, aggregate: Aggregate) =>
    queryOptions({
      queryKey: runKeys.result(id, aggregate),
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) =>
        unwrap(
          api.GET("/v1/runs/{run_id}/result", {
            params: { path: { run_id: id }, query: { aggregate_function: aggregate } },
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
