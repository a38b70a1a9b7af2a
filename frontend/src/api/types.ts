/** Short names for the generated wire types; nothing is declared by hand here. */
import type { components } from "./generated/schema";

type Schemas = components["schemas"];

export type EvaluationView = Schemas["EvaluationView"];
export type EvaluationReport = Schemas["EvaluationReport"];
export type ModelSummary = Schemas["ModelSummary"];
export type ModelComparison = Schemas["ModelComparison"];
export type ItemView = Schemas["ItemView"];
export type ScoreView = Schemas["ScoreView"];
export type ItemRow = Schemas["ItemRow"];
export type DatapointView = Schemas["DatapointView"];
export type ProgressView = Schemas["ProgressView"];
export type ModelProgress = Schemas["ModelProgress"];
export type TaskView = Schemas["TaskView"];
export type TaskProblem = Schemas["TaskProblem"];
export type TaskValidation = Schemas["TaskValidation"];
export type DatasetView = Schemas["DatasetView"];
export type RecordingView = Schemas["RecordingView"];
export type ModelView = Schemas["ModelView"];
export type RunObject = Schemas["RunObject"];
export type ListedRun = Schemas["ListedRun"];
export type RunResult = Schemas["RunResult"];
export type ResultMetric = Schemas["ResultMetric"];
export type RunComparison = Schemas["RunComparison"];
export type ComparedMetric = Schemas["ComparedMetric"];
export type Significance = Schemas["Significance"];

/** One page of a list. */
export interface Paged<T> {
  items: T[];
  page: number;
  limit: number;
  total: number;
}

/** A closed range of two numbers, such as a confidence interval. */
export type Interval = [number, number];
