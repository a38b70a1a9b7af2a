/** Evaluations: many models on one task. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "../client";
import type { EvaluationView, ItemRow, ItemStatus, Paged, RunStatus } from "../types";
import type { components, paths } from "../generated/schema";

type EvaluationQuery = NonNullable<paths["/api/v1/evaluations"]["get"]["parameters"]["query"]>;
export type EvaluationSort = NonNullable<EvaluationQuery["sort"]>;

export interface EvaluationFilter {
  search?: string | undefined;
  status?: RunStatus | undefined;
  sort?: EvaluationSort | undefined;
  page: number;
  limit: number;
}

export interface ItemFilter {
  model?: string | undefined;
  status?: ItemStatus | undefined;
  passed?: boolean | undefined;
  search?: string | undefined;
}

export interface PairFilter {
  a: string;
  b: string;
  outcome?: "a_only" | "b_only" | "both" | "neither" | undefined;
}

export type NewEvaluation = components["schemas"]["EvaluationBody"];

export const evaluationKeys = {
  all: ["evaluations"] as const,
  list: (filter: EvaluationFilter) => [...evaluationKeys.all, "list", filter] as const,
  detail: (id: string) => [...evaluationKeys.all, "detail", id] as const,
  report: (id: string) => [...evaluationKeys.detail(id), "report"] as const,
  progress: (id: string) => [...evaluationKeys.detail(id), "progress"] as const,
  rows: (id: string, filter: ItemFilter | PairFilter) =>
    [...evaluationKeys.detail(id), "rows", filter] as const,
};

export async function fetchEvaluations(
  filter: EvaluationFilter,
  signal?: AbortSignal,
): Promise<Paged<EvaluationView>> {
  return unwrap(api.GET("/api/v1/evaluations", { params: { query: filter }, signal }));
}

export const evaluationQueries = {
  detail: (id: string) =>
    queryOptions({
      queryKey: evaluationKeys.detail(id),
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/v1/evaluations/{evaluation_id}", { params: at(id), signal })),
    }),
  report: (id: string) =>
    queryOptions({
      queryKey: evaluationKeys.report(id),
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/v1/evaluations/{evaluation_id}/report", { params: at(id), signal })),
    }),
  progress: (id: string) =>
    queryOptions({
      queryKey: evaluationKeys.progress(id),
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/v1/evaluations/{evaluation_id}/progress", { params: at(id), signal })),
    }),
};

function at(id: string) {
  return { path: { evaluation_id: id } };
}

export async function fetchItems(
  id: string,
  filter: ItemFilter,
  page: number,
  limit: number,
  signal?: AbortSignal,
): Promise<Paged<ItemRow>> {
  const params = { ...at(id), query: { ...filter, page, limit } };
  return unwrap(api.GET("/api/v1/evaluations/{evaluation_id}/items", { params, signal }));
}

export async function fetchPairs(
  id: string,
  filter: PairFilter,
  page: number,
  limit: number,
  signal?: AbortSignal,
): Promise<Paged<ItemRow>> {
  const params = { ...at(id), query: { ...filter, page, limit } };
  return unwrap(api.GET("/api/v1/evaluations/{evaluation_id}/pairs", { params, signal }));
}

export function createEvaluation(body: NewEvaluation): Promise<EvaluationView> {
  const headers = { "Idempotency-Key": idempotencyKey() };
  return unwrap(api.POST("/api/v1/evaluations", { body, headers }));
}

export async function cancelEvaluation(id: string): Promise<void> {
  await unwrap(api.POST("/api/v1/evaluations/{evaluation_id}/cancel", { params: at(id) }));
}

export async function resumeEvaluation(id: string): Promise<void> {
  await unwrap(api.POST("/api/v1/evaluations/{evaluation_id}/resume", { params: at(id) }));
}

/** The address of an export, for a plain download link. */
export function exportAddress(id: string, format: "csv" | "json" | "markdown"): string {
  return `/api/v1/evaluations/${encodeURIComponent(id)}/export?format=${format}`;
}
