/** What the kinds of evaluators, their checks and their conditions are called. */
import type { Evaluator, EvaluatorKind } from "@/api/types";
import { money, plural } from "@/lib/format";
import { preview } from "@/lib/values";
import { conditionsOf, isOfSessions, VALUELESS } from "./draft";

export const KINDS: Record<EvaluatorKind, { label: string; note: string }> = {
  regex: { label: "Pattern", note: "Passes when a regular expression is found, or is not." },
  check: { label: "Check", note: "Passes by a plain comparison: contains, length, one of…" },
  json_schema: { label: "JSON Schema", note: "Passes when the value is JSON of a given form." },
  judge: { label: "Judge", note: "Asks a model by a rubric, in the background." },
  composite: { label: "Weighted mean", note: "The mean of other metrics of the same event." },
  human: { label: "People", note: "Answered in a review queue." },
};

/** What can be made here; people are asked in review queues. */
export const MADE_HERE: EvaluatorKind[] = ["regex", "check", "json_schema", "judge", "composite"];

export const CHECKS = [
  { value: "contains", label: "contains" },
  { value: "not_contains", label: "does not contain" },
  { value: "equals", label: "equals" },
  { value: "not_equals", label: "does not equal" },
  { value: "starts_with", label: "starts with" },
  { value: "ends_with", label: "ends with" },
  { value: "one_of", label: "is one of" },
  { value: "not_empty", label: "is not empty" },
  { value: "length", label: "has a length of" },
  { value: "numeric_range", label: "is a number of" },
];

export const OPERATORS = [
  "is",
  "is not",
  "contains",
  "not contains",
  "exists",
  "not exists",
  "greater than",
  "less than",
  "after",
  "before",
];

export const FIELDS = [
  "event_type",
  "event_name",
  "source",
  "error",
  "run_id",
  "duration",
  "metadata.",
  "inputs.",
  "outputs.",
  "metrics.",
];

/** Which events are scored, in words. */
export function eventsText(evaluator: Evaluator): string {
  const conditions = conditionsOf(evaluator);
  const words = conditions.map(({ field, operator, value }) =>
    VALUELESS.includes(String(operator))
      ? `${String(field)} ${String(operator)}`
      : `${String(field)} ${String(operator)} ${preview(value, 40)}`,
  );
  return [...(isOfSessions(conditions) ? ["sessions"] : []), ...words].join(", ");
}

/** What becomes of events that arrive, in words. */
export function arrivalText({ enabled, kind }: Evaluator): string {
  if (kind === "human") return "reviewed";
  return enabled ? "scored" : "not scored";
}

/** What a judge asked and spent today, such as ``12 calls, $0.03``. */
export function spentText(spent: Record<string, unknown>): string {
  const calls = Number(spent.calls);
  const unknown = Number(spent.unknown_costs) > 0 ? " and what is not known" : "";
  return calls === 0
    ? "not asked"
    : `${plural(calls, "call")}, ${money(String(spent.cost_usd))}${unknown}`;
}

/** The passing range of a threshold, such as ``0.5 to 1``. */
export function thresholdText({ threshold }: Evaluator): string {
  const { min = null, max = null } = threshold ?? {};
  if (min !== null && max !== null) return `${min} to ${max}`;
  if (min !== null) return `at least ${min}`;
  return max === null ? "–" : `at most ${max}`;
}
