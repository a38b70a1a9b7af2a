/** Managed datasets: named, versioned, compared. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, postForm, unwrap } from "../client";
import type { ListFilter } from "./library";
import type { Datapoint, ManagedDataset, Paged } from "../types";
import type { components } from "../generated/schema";

export const datasetKeys = {
  all: ["managed-datasets"] as const,
  list: (filter: ListFilter) => [...datasetKeys.all, "list", filter] as const,
  detail: (id: string) => [...datasetKeys.all, "detail", id] as const,
};

function at(id: string) {
  return { path: { dataset_id: id } };
}

async function fetchDatasets(
  filter: ListFilter,
  signal: AbortSignal,
): Promise<Paged<ManagedDataset>> {
  const answer = await unwrap(api.GET("/v1/datasets", { params: { query: filter }, signal }));
  const { datasets, page, limit, total } = answer;
  return { items: datasets, page, limit, total };
}

async function fetchDatapoints(
  id: string,
  query: { version?: string | undefined; page: number; limit: number },
  signal: AbortSignal,
): Promise<Paged<Datapoint>> {
  const params = { ...at(id), query };
  const answer = await unwrap(api.GET("/v1/datasets/{dataset_id}/datapoints", { params, signal }));
  const { datapoints, total } = answer;
  return { items: datapoints, page: query.page, limit: query.limit, total };
}

export const datasetQueries = {
  list: (filter: ListFilter) =>
    queryOptions({
      queryKey: datasetKeys.list(filter),
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) => fetchDatasets(filter, signal),
    }),
  detail: (id: string) =>
    queryOptions({
      queryKey: datasetKeys.detail(id),
      queryFn: ({ signal }) =>
        unwrap(api.GET("/v1/datasets/{dataset_id}", { params: at(id), signal })),
    }),
  versions: (id: string) =>
    queryOptions({
      queryKey: [...datasetKeys.detail(id), "versions"],
      queryFn: async ({ signal }) => {
        const params = at(id);
        const answer = await unwrap(
          api.GET("/v1/datasets/{dataset_id}/versions", { params, signal }),
        );
        return answer.versions;
      },
    }),
  datapoints: (id: string, version: string | undefined, page: number, limit: number) =>
    queryOptions({
      queryKey: [...datasetKeys.detail(id), "datapoints", version, page, limit],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) => fetchDatapoints(id, { version, page, limit }, signal),
    }),
  diff: (id: string, from: string, to: string) =>
    queryOptions({
      queryKey: [...datasetKeys.detail(id), "diff", from, to],
      queryFn: ({ signal }) => {
        const params = { ...at(id), query: { from, to } };
        return unwrap(api.GET("/v1/datasets/{dataset_id}/diff", { params, signal }));
      },
    }),
};

/** Stores a file as the current version of the dataset of that name. */
export async function importDataset(file: File, name: string): Promise<ManagedDataset> {
  const form = new FormData();
  form.set("file", file, file.name);
  form.set("name", name);
  const stored = await postForm<components["schemas"]["DatasetCreated"]>(
    "/v1/datasets/import",
    form,
  );
  return stored.dataset;
}

/** Appends one datapoint; the dataset gets a new version. */
export async function addDatapoint(
  id: string,
  datapoint: components["schemas"]["DatapointBody"],
): Promise<void> {
  const body = { datapoints: [datapoint] };
  await unwrap(api.POST("/v1/datasets/{dataset_id}/datapoints", { params: at(id), body }));
}

/** The address of a version as a file, for a plain download link. */
export function exportDatasetAddress(id: string, version: number, format: "jsonl" | "csv"): string {
  return `/v1/datasets/${encodeURIComponent(id)}/export?version=${version}&format=${format}`;
}
