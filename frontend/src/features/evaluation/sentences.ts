/** The result of an evaluation in plain sentences. */
import type { EvaluationReport, ModelComparison, ModelSummary } from "@/api/types";
import {
  count,
  intervalText,
  modelName,
  money,
  percent,
  plural,
  pValue,
  testName,
} from "@/lib/format";

function rateText(model: ModelSummary): string {
  return `${percent(model.pass_rate)} ${intervalText(model.interval)}`.trim();
}

function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** The comparison of two models, turned so that ``a`` comes first. */
export function comparisonOf(
  report: EvaluationReport,
  a: string,
  b: string,
): ModelComparison | undefined {
  const found = report.comparisons.find(
    (pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a),
  );
  return found && found.a !== a ? turned(found) : found;
}

/** The same comparison seen from the other model. */
export function turned(pair: ModelComparison): ModelComparison {
  const [low, high] = pair.interval ?? [];
  return {
    ...pair,
    a: pair.b,
    b: pair.a,
    a_only: pair.b_only,
    b_only: pair.a_only,
    difference: pair.difference === null ? null : -pair.difference,
    interval: low === undefined || high === undefined ? null : [-high, -low],
  };
}

function percentPoints(difference: number): string {
  return `${(Math.abs(difference) * 100).toFixed(1)}\u2009pp`;
}

function leadSentence(leader: ModelSummary, live: boolean): string {
  return `${modelName(leader.model)} leads${live ? " so far" : ""} with ${rateText(leader)} of ${plural(leader.answered, "answer")} passed.`;
}

function tieSentence(report: EvaluationReport, leader: ModelSummary, tied: ModelSummary[]): string {
  const names = listed(tied.map((model) => `${modelName(model.model)} (${rateText(model)})`));
  const needs = tied
    .map((model) => comparisonOf(report, leader.model, model.model)?.needed)
    .filter((needed) => needed !== null && needed !== undefined);
  const most = needs.length > 0 ? Math.max(...needs) : null;
  const more = most === null ? "" : ` About ${count(most)} datapoints would tell them apart.`;
  return `${names} cannot be told apart from it on these datapoints.${more}`;
}

function nextSentence(report: EvaluationReport, leader: ModelSummary, next: ModelSummary): string {
  const pair = comparisonOf(report, leader.model, next.model);
  const start = `${modelName(next.model)} follows with ${rateText(next)}`;
  if (pair?.difference === undefined || pair.difference === null) return `${start}.`;
  const p = pair.p_value_adjusted ?? pair.p_value;
  const low = pair.interval ? ` ${intervalText(pair.interval)}` : "";
  return `${start}: ${percentPoints(pair.difference)}${low} behind, a difference that chance does not explain (${testName(pair.test)}, p ${p !== null && p < 0.0001 ? "" : "= "}${pValue(p)}).`;
}

function costSentence(models: readonly ModelSummary[]): string | null {
  const known = models.filter((model) => model.cost_per_1000_usd);
  const cheapest = known.reduce<ModelSummary | null>(
    (best, model) =>
      best && Number(best.cost_per_1000_usd) <= Number(model.cost_per_1000_usd) ? best : model,
    null,
  );
  if (!cheapest || known.length < 2) return null;
  return `${modelName(cheapest.model)} is the cheapest at ${money(cheapest.cost_per_1000_usd)} per 1,000 with ${percent(cheapest.pass_rate)} passed.`;
}

/** Two to four sentences that say who leads, who is tied, who follows, and who is cheap. */
export function summarySentences(report: EvaluationReport): string[] {
  const leader = report.models.find((model) => model.model === report.leader);
  if (leader?.pass_rate === undefined || leader.pass_rate === null) {
    return ["There is no leader yet: no model has an answer that could be judged."];
  }
  const others = report.models.filter((model) => model !== leader && model.pass_rate !== null);
  const tied = others.filter((model) => model.tied_with_leader);
  const next = others.find((model) => !model.tied_with_leader);
  return [
    leadSentence(leader, ["running", "pending"].includes(report.status)),
    tied.length > 0 ? tieSentence(report, leader, tied) : null,
    next ? nextSentence(report, leader, next) : null,
    costSentence(report.models),
  ].filter((sentence) => sentence !== null);
}

/** What a pairwise test says about two models. */
export function verdictOf(pair: ModelComparison): string {
  const p = pair.p_value_adjusted ?? pair.p_value;
  if (p === null || pair.difference === null) return "No pairs to compare.";
  if (p < 0.05) return `${modelName(pair.difference > 0 ? pair.a : pair.b)} is better`;
  const n = pair.a_only + pair.b_only + pair.both + pair.neither;
  if (!pair.needed) return "Cannot be told apart";
  const more = Math.max(0, pair.needed - n);
  return `Cannot be told apart; would need about ${count(more)} more datapoints`;
}
