/** Tasks, datasets, recordings and models: what an evaluation is made of. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, postForm, unwrap } from "../client";
import type { DatasetView, RecordingView, TaskValidation, TaskView } from "../types";

export interface ListFilter {
  search?: string | undefined;
  page: number;
  limit: number;
}

interface StoredFilter extends ListFilter {
  /** Whether a managed dataset has the name; both where missing. */
  managed?: boolean | undefined;
}

export const libraryKeys = {
  tasks: ["tasks"] as const,
  datasets: ["datasets"] as const,
  recordings: ["recordings"] as const,
  models: ["models"] as const,
};

export const libraryQueries = {
  tasks: (filter: ListFilter) =>
    queryOptions({
      queryKey: [...libraryKeys.tasks, "list", filter],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/v1/tasks", { params: { query: filter }, signal })),
    }),
  task: (id: string) =>
    queryOptions({
      queryKey: [...libraryKeys.tasks, "detail", id],
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: id } }, signal })),
    }),
  datasets: (filter: StoredFilter) =>
    queryOptions({
      queryKey: [...libraryKeys.datasets, "list", filter],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/v1/datasets", { params: { query: filter }, signal })),
    }),
  dataset: (id: string) =>
    queryOptions({
      queryKey: [...libraryKeys.datasets, "detail", id],
      queryFn: ({ signal }) =>
        unwrap(
          api.GET("/api/v1/datasets/{dataset_id}", {
            params: { path: { dataset_id: id } },
            signal,
          }),
        ),
    }),
  datapoints: (id: string, page: number, limit: number) =>
    queryOptions({
      queryKey: [...libraryKeys.datasets, "detail", id, "datapoints", page, limit],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) =>
        unwrap(
          api.GET("/api/v1/datasets/{dataset_id}/datapoints", {
            params: { path: { dataset_id: id }, query: { page, limit } },
            signal,
          }),
        ),
    }),
  recordings: () =>
    queryOptions({
      queryKey: [...libraryKeys.recordings, "list"],
      queryFn: ({ signal }) =>
        unwrap(
          api.GET("/api/v1/recordings", { params: { query: { page: 1, limit: 100 } }, signal }),
        ),
    }),
  models: (search: string) =>
    queryOptions({
      queryKey: [...libraryKeys.models, search],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/v1/models", { params: { query: { search } }, signal })),
    }),
};

function fileForm(file: Blob, name: string, fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  form.set("file", file, name);
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  return form;
}

function yamlFile(text: string): FormData {
  return fileForm(new Blob([text], { type: "application/yaml" }), "task.yaml");
}

/** Checks a task's YAML without storing it. */
export function validateTask(text: string): Promise<TaskValidation> {
  return postForm<TaskValidation>("/api/v1/tasks/validate", yamlFile(text));
}

/** Stores a task written as YAML. */
export function createTask(text: string): Promise<TaskView> {
  return postForm<TaskView>("/api/v1/tasks", yamlFile(text));
}

export function uploadDataset(file: File): Promise<DatasetView> {
  const name = file.name.replace(/\.[a-z]+$/i, "");
  return postForm<DatasetView>("/api/v1/datasets", fileForm(file, file.name, { name }));
}

export function uploadRecording(file: File): Promise<RecordingView> {
  return postForm<RecordingView>("/api/v1/recordings", fileForm(file, file.name));
}
