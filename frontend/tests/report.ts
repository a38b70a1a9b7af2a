import type { EvaluationReport, ModelComparison, ModelSummary } from "@/api/types";

/** A model of 1,319 answers; whatever matters to a test is given. */
export function model(
  name: string,
  passed: number,
  given: Partial<ModelSummary> = {},
): ModelSummary {
  return {
    model: name,
    run_id: `run_${name}`,
    rank: 1,
    planned: 1319,
    scored: 1319,
    failed: 0,
    truncated: 0,
    refused: 0,
    unparseable: 0,
    judge_error: 0,
    skipped: 0,
    answered: 1319,
    passed,
    pass_rate: passed / 1319,
    interval: [passed / 1319 - 0.026, passed / 1319 + 0.026],
    metrics: { pass_rate: passed / 1319 },
    metric_details: {},
    cost_usd: null,
    cost_known: 0,
    cost_source: "unknown",
    cost_per_1000_usd: null,
    input_tokens: null,
    output_tokens: null,
    latency: { p50_seconds: null, p95_seconds: null, p99_seconds: null, n: 0 },
    tied_with_leader: false,
    on_pareto_front: false,
    stop_reason: null,
    ...given,
  };
}

export function pair(a: string, b: string, given: Partial<ModelComparison> = {}): ModelComparison {
  return {
    a,
    b,
    a_only: 360,
    b_only: 76,
    both: 382,
    neither: 501,
    difference: 284 / 1319,
    interval: [0.187, 0.244],
    p_value: 1e-40,
    p_value_adjusted: 1e-40,
    test: "mcnemar-mid-p",
    needed: null,
    ...given,
  };
}

export function report(
  models: ModelSummary[],
  comparisons: ModelComparison[] = [],
  given: Partial<EvaluationReport> = {},
): EvaluationReport {
  return {
    format_version: 1,
    run_id: "ev",
    name: "GSM8K",
    status: "completed",
    task: "maths",
    dataset: "gsm8k",
    dataset_digest: "c3a98f",
    datapoints: 1319,
    repeats: 1,
    created_at: "2026-03-01T12:00:00Z",
    finished_at: "2026-03-01T12:00:14Z",
    duration_seconds: 14,
    leader: models[0]?.model ?? null,
    models,
    comparisons,
    warnings: [],
    ...given,
  };
}
