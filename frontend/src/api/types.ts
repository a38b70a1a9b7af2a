/** Short names for the generated wire types; nothing is declared by hand here. */
import type { Readable } from "openapi-typescript-helpers";
import type { components, paths } from "./generated/schema";

/** As the client hands them out: tuples arrive as plain arrays. */
type Schemas = { [Name in keyof components["schemas"]]: Readable<components["schemas"][Name]> };

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
export type ListedRun = Schemas["RunListEntry"];
export type RunResult = Schemas["RunResultBody"];
export type RunComparison = Schemas["RunComparisonBody"];
export type ComparedMetric = Schemas["MetricComparisonBody"];
export type Significance = Schemas["SignificanceBody"];

export type ManagedDataset = Schemas["DatasetObject"];
export type DatasetVersion = Schemas["VersionObject"];
export type DatasetDiff = Schemas["DiffAnswer"];
export type FieldChange = Schemas["FieldChangeObject"];
export type Datapoint = Schemas["DatapointObject"];
export type NewDatapoint = Schemas["DatapointBody"];
export type ReviewQueue = Schemas["QueueObject"];
export type QueueField = Schemas["FieldBody"];
export type QueueItem = Schemas["QueueItem"];
export type Annotation = Schemas["AnnotationObject"];
export type Agreement = Schemas["Agreement"];
export type Evaluator = Schemas["MetricObject"];
export type EvaluatorKind = Schemas["MetricKind"];
export type EvaluatorJob = Schemas["MetricJob"];

export type GateSetup = Schemas["GateSetup"];
export type TrendSummary = Schemas["TrendSummary"];
export type TrendPoint = Schemas["TrendPoint"];
export type TrendEvent = Schemas["TrendEvent"];
export type PromptChange = Schemas["PromptChange"];
export type CheckResult = Schemas["CheckResult"];
export type RegressionReport = Schemas["RegressionReport"];
export type SincePromptChange = Schemas["SincePromptChange"];
export type EvidenceDetails = Schemas["EvidenceDetails"];
export type Accounting = Schemas["Accounting"];
export type FlippedCase = Schemas["FlippedCase"];
export type CaseOutcome = Schemas["CaseOutcome"];
export type GateVerdict = Schemas["Verdict"];
export type EvalRun = Schemas["GateRun"];
export type EvalCase = Schemas["CaseRecord"];
export type PinnedBaseline = Schemas["PinnedBaseline"];
export type ListedPrompt = Schemas["ListedPrompt"];
export type ShownPrompt = Schemas["ShownPrompt"];
export type ShownVersion = Schemas["ShownVersion"];
export type AuditRecord = Schemas["AuditRecord"];
export type SuiteRun = Schemas["SuiteRun"];
export type EvalProgress = Schemas["EvalProgress"];
export type PromotionResult = Schemas["PromotionResult"];
export type PromotionAnswer = Schemas["PromotionAnswer"];

export type RunStatus = Schemas["RunStatus"];
export type ItemStatus = Schemas["ItemStatus"];
export type ItemVerdict = Schemas["ItemVerdict"];
export type RunOverview = Schemas["RunOverview"];
export type MetricGroup = Schemas["MetricGroup"];
export type MetricOverview = Schemas["MetricOverview"];

type RunQuery = NonNullable<paths["/v1/runs"]["get"]["parameters"]["query"]>;
export type Aggregate = NonNullable<RunQuery["aggregate_function"]>;

/** One page of a list. */
export interface Paged<T> {
  items: T[];
  page: number;
  limit: number;
  total: number;
}

/** A closed range of two numbers, such as a confidence interval. */
export type Interval = [number, number];
