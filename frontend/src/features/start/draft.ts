/** What a new evaluation still lacks, decided apart from the form that collects it. */
import type { NewEvaluation } from "@/api/queries/evaluations";

export interface Draft {
  taskId: string | null;
  datasetId: string | null;
  models: string[];
  name: string;
  repeats: number;
  concurrency: number;
  budgetUsd: string;
}

export const EMPTY_DRAFT: Draft = {
  taskId: null,
  datasetId: null,
  models: [],
  name: "",
  repeats: 1,
  concurrency: 16,
  budgetUsd: "",
};

const AMOUNT = /^\d+(\.\d+)?$/;

/** What is missing or wrong, in words; empty when it can start. */
export function missingParts(draft: Draft): string[] {
  const missing: string[] = [];
  if (!draft.taskId) missing.push("choose a task");
  if (!draft.datasetId) missing.push("choose a dataset");
  if (draft.models.length === 0) missing.push("choose at least one model");
  if (draft.budgetUsd !== "" && !AMOUNT.test(draft.budgetUsd)) {
    missing.push("write the budget as a number of dollars");
  }
  return missing;
}

/** Whether a text looks like ``provider:model``. */
export function isModelSpec(text: string): boolean {
  return /^[a-z][\w-]*:\S+$/i.test(text);
}

/** The request of a complete draft; null while something is missing. */
export function requestOf(draft: Draft): NewEvaluation | null {
  const { taskId, datasetId, models, name, repeats, concurrency, budgetUsd } = draft;
  if (!taskId || !datasetId || missingParts(draft).length > 0) return null;
  return {
    task_id: taskId,
    dataset_id: datasetId,
    models,
    repeats,
    concurrency,
    ...(name.trim() && { name: name.trim() }),
    ...(budgetUsd && { budget_usd: budgetUsd }),
  };
}
