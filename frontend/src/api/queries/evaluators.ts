/** Server-side evaluators: defined, versioned, tried out, run over what is stored. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../client";
import { rawEvents } from "../events";
import type { components } from "../generated/schema";
import type { Evaluator, EvaluatorJob, Paged } from "../types";
import type { ListFilter } from "./library";

export type EvaluatorBody = components["schemas"]["MetricCreate"];
export type TriedOut = components["schemas"]["MetricRunAnswer"];
export type Condition = Record<string, unknown>;

export const evaluatorKeys = {
  all: ["evaluators"] as const,
  detail: (id: string) => [...evaluatorKeys.all, "detail", id] as const,
};

const JOB_MS = 1_000;
const SAMPLES = 25;

function at(id: string) {
  return { path: { metric_id: id } };
}

async function fetchEvaluators(filter: ListFilter, signal: AbortSignal): Promise<Paged<Evaluator>> {
  const answer = await unwrap(api.GET("/v1/metrics", { params: { query: filter }, signal }));
  const { metrics, page, limit, total } = answer;
  return { items: metrics, page, limit, total };
}

/** Whether a job is still at work. */
export function isAtWork(job: EvaluatorJob | undefined): boolean {
  return job?.status === "pending" || job?.status === "running";
}

export const evaluatorQueries = {
  list: (filter: ListFilter) =>
    queryOptions({
      queryKey: [...evaluatorKeys.all, "list", filter],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) => fetchEvaluators(filter, signal),
    }),
  detail: (id: string) =>
    queryOptions({
      queryKey: evaluatorKeys.detail(id),
      queryFn: ({ signal }) =>
        unwrap(api.GET("/v1/metrics/{metric_id}", { params: at(id), signal })),
    }),
  versions: (id: string) =>
    queryOptions({
      queryKey: [...evaluatorKeys.detail(id), "versions"],
      queryFn: async ({ signal }) => {
        const params = at(id);
        const answer = await unwrap(
          api.GET("/v1/metrics/{metric_id}/versions", { params, signal }),
        );
        return answer.versions;
      },
    }),
  /** A job that goes on; asked until it is done. */
  job: (id: string) =>
    queryOptions({
      queryKey: [...evaluatorKeys.all, "job", id],
      queryFn: ({ signal }) =>
        unwrap(api.GET("/v1/metrics/jobs/{job_id}", { params: { path: { job_id: id } }, signal })),
      refetchInterval: (query) => (isAtWork(query.state.data) ? JOB_MS : false),
    }),
  /** The newest stored events that meet the conditions, as they were sent. */
  samples: (filters: Condition[]) =>
    queryOptions({
      queryKey: [...evaluatorKeys.all, "samples", filters],
      placeholderData: keepPreviousData,
      queryFn: async ({ signal }) => {
        const body = { filters, page: 1, limit: SAMPLES };
        return rawEvents(await unwrap(api.POST("/v1/events/search", { body, signal })));
      },
    }),
};

export async function createEvaluator(body: EvaluatorBody): Promise<Evaluator> {
  const answer = await unwrap(api.POST("/v1/metrics", { body }));
  return answer.metric;
}

/** Stores a new version, unless nothing differs. */
export async function updateEvaluator(id: string, body: EvaluatorBody): Promise<Evaluator> {
  const answer = await unwrap(api.PUT("/v1/metrics/{metric_id}", { params: at(id), body }));
  return answer.metric;
}

/** Forgets an evaluator with its versions; scores it gave stay. */
export async function deleteEvaluator(id: string): Promise<void> {
  await unwrap(api.DELETE("/v1/metrics/{metric_id}", { params: at(id) }));
}

export interface Attempt {
  metric: EvaluatorBody;
  event: Record<string, unknown>;
}

/** What one event would get; nothing is stored. */
export function tryOut(body: Attempt): Promise<TriedOut> {
  return unwrap(api.POST("/v1/metrics/run", { body }));
}

/** Scores what old runs have stored; the job may still be going on. */
export async function scoreRuns(id: string, runIds: string[]): Promise<EvaluatorJob> {
  const body = { metric_id: id, run_ids: runIds };
  const { job } = await unwrap(api.POST("/v1/metrics/run", { body }));
  if (!job) throw new Error("The server began no job.");
  return job;
}
