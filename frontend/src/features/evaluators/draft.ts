/** An evaluator as somebody types it, and what the server takes of it. */
import type { Condition, EvaluatorBody } from "@/api/queries/evaluators";
import type { Evaluator, EvaluatorKind } from "@/api/types";
import { entriesOf, typedObject } from "@/lib/values";

export interface Row {
  field: string;
  operator: string;
  value: string;
  /** As what the two are compared; read from the value where nothing is told. */
  type?: string | undefined;
}

export interface Draft {
  name: string;
  description: string;
  kind: EvaluatorKind;
  target: string;
  enabled: boolean;
  rows: Row[];
  low: number | undefined;
  high: number | undefined;
  settings: Settings;
}

/** What the kinds need, side by side: a change of kind and back loses nothing. */
export interface Settings {
  pattern: string;
  absent: boolean;
  check: string;
  value: string;
  values: string;
  min: number | undefined;
  max: number | undefined;
  ignoreCase: boolean;
  model: string;
  rubric: string;
  answer: string;
  labels: string;
  /** What a judge may do in a day. */
  maxCalls: number | undefined;
  maxUsd: number | undefined;
  /** A JSON object: the schema of one kind, all there is of another. */
  json: string;
}

export const EMPTY: Draft = {
  name: "",
  description: "",
  kind: "regex",
  target: "outputs",
  enabled: true,
  rows: [],
  low: undefined,
  high: undefined,
  settings: {
    pattern: "",
    absent: false,
    check: "contains",
    value: "",
    values: "",
    min: undefined,
    max: undefined,
    ignoreCase: false,
    model: "",
    rubric: "",
    answer: "score",
    labels: "",
    maxCalls: undefined,
    maxUsd: undefined,
    json: "",
  },
};

export const RANGED = ["length", "numeric_range"];
export const WORDLESS = ["not_empty", "one_of", ...RANGED];
export const VALUELESS = ["exists", "not exists"];

/** What is stored, as it is typed. */
export function draftOf(stored: Evaluator): Draft {
  const { settings } = stored;
  return {
    name: stored.name,
    description: stored.description ?? "",
    kind: stored.kind,
    target: stored.target,
    enabled: stored.enabled,
    rows: conditionsOf(stored).map((condition) => ({
      field: textOf(condition.field),
      operator: textOf(condition.operator),
      value: textOf(condition.value),
      type: textOf(condition.type),
    })),
    low: stored.threshold?.min ?? undefined,
    high: stored.threshold?.max ?? undefined,
    settings: {
      pattern: textOf(settings.pattern),
      absent: settings.absent === true,
      check: textOf(settings.check) || EMPTY.settings.check,
      value: textOf(settings.value),
      values: listOf(settings.values).map(textOf).join("\n"),
      min: numberOf(settings.min),
      max: numberOf(settings.max),
      ignoreCase: settings.ignore_case === true,
      model: textOf(settings.model),
      rubric: textOf(settings.rubric),
      answer: textOf(settings.answer) || EMPTY.settings.answer,
      labels: listOf(settings.labels).map(textOf).join("\n"),
      maxCalls: numberOf(settings.max_calls_per_day),
      maxUsd: numberOf(settings.max_usd_per_day),
      json: JSON.stringify(stored.kind === "json_schema" ? settings.schema : settings, null, 2),
    },
  };
}

/** The filters of a stored evaluator. */
export function conditionsOf({ filters }: Evaluator): Condition[] {
  return listOf(filters.filterArray).map((each) => Object.fromEntries(entriesOf(each) ?? []));
}

/** What is sent, or what is wrong with the JSON in it. */
export function bodyOf(draft: Draft): { body: EvaluatorBody | null; fault: string | null } {
  const settings = settingsOf(draft.kind, draft.settings);
  if (typeof settings === "string") return { body: null, fault: settings };
  return {
    body: {
      name: draft.name.trim(),
      description: draft.description.trim(),
      kind: draft.kind,
      settings,
      target: draft.target.trim(),
      filters: filtersOf(draft.rows),
      threshold: { min: draft.low ?? null, max: draft.high ?? null },
      enabled: draft.enabled,
    },
    fault: null,
  };
}

function settingsOf(kind: EvaluatorKind, typed: Settings): Record<string, unknown> | string {
  const bounds = { min: typed.min, max: typed.max };
  switch (kind) {
    case "regex":
      return { pattern: typed.pattern, absent: typed.absent };
    case "check": {
      const { check } = typed;
      if (RANGED.includes(check)) return { check, ...bounds };
      if (check === "not_empty") return { check };
      const ignore_case = typed.ignoreCase;
      if (check === "one_of") return { check, values: linesOf(typed.values), ignore_case };
      return { check, value: typed.value, ignore_case };
    }
    case "judge": {
      const { model, rubric, answer } = typed;
      const form = answer === "score" ? bounds : {};
      const labels = answer === "label" ? { labels: linesOf(typed.labels) } : {};
      const limits = { max_calls_per_day: typed.maxCalls, max_usd_per_day: typed.maxUsd };
      return { model: model.trim(), rubric, answer, ...form, ...labels, ...limits };
    }
    case "json_schema":
    case "composite":
    case "human": {
      const read = typedObject(typed.json);
      if (read === null) return "Something is needed here.";
      return kind === "json_schema" && typeof read !== "string" ? { schema: read } : read;
    }
  }
}

/** The filters that are typed in full. */
export function filtersOf(rows: readonly Row[]): Condition[] {
  return rows
    .filter(({ field }) => field.trim() !== "")
    .map(({ field, operator, value, type }) => ({
      field: field.trim(),
      operator,
      value: VALUELESS.includes(operator) ? null : value,
      type: type ?? typeOf(value),
    }));
}

/** Which stored events an evaluator with these filters scores: sessions, where none says else. */
export function samplesOf(rows: readonly Row[]): Condition[] {
  const filters = filtersOf(rows);
  return isOfSessions(filters)
    ? [...filters, { field: "event_type", operator: "is", value: "session" }]
    : filters;
}

/** Whether sessions alone are scored, as no filter speaks of a type or a name. */
export function isOfSessions(filters: readonly Condition[]): boolean {
  return !filters.some(({ field }) => field === "event_type" || field === "event_name");
}

/** Which parts of two versions differ, by name. */
export function changedParts(newer: Evaluator, older: Evaluator): string[] {
  const parts = [
    "name",
    "kind",
    "target",
    "filters",
    "threshold",
    "enabled",
    "description",
  ] as const;
  const changed: string[] = parts.filter((part) => !same(newer[part] ?? "", older[part] ?? ""));
  const names = new Set([...Object.keys(newer.settings), ...Object.keys(older.settings)]);
  const settings = [...names].filter((name) => !same(newer.settings[name], older.settings[name]));
  return [...changed, ...settings];
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function typeOf(value: string): string {
  return value !== "" && String(Number(value)) === value ? "number" : "string";
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
