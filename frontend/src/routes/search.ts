/** What the search parameters of each page may be; anything else is dropped. */
import type { Aggregate, ItemStatus, ItemVerdict, RunStatus } from "@/api/types";
import { numberOf, pageOf, textOf } from "@/lib/search";

type Raw = Record<string, unknown>;

function page(raw: Raw): number | undefined {
  const value = pageOf(raw.page);
  return value === 1 ? undefined : value;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

const RUN_STATUSES = ["pending", "running", "completed", "failed", "cancelled"] as const;
const SORT = /^-?(created_at|updated_at|name|pass_rate|metrics\..{1,200})$/;
export const VERDICTS = [
  "passed",
  "not_passed",
  "no_verdict",
  "errored",
] as const satisfies ItemVerdict[];
const ITEM_STATUSES = [
  "scored",
  "failed",
  "truncated",
  "refused",
  "unparseable",
  "judge_error",
  "skipped",
] as const satisfies ItemStatus[];
export const AGGREGATES = [
  "average",
  "median",
  "min",
  "max",
  "sum",
  "p90",
  "p95",
  "p99",
  "count",
] as const satisfies Aggregate[];

/** A metric and the numbers of it that are wanted. */
interface RangeSearch {
  metric?: string | undefined;
  min?: number | undefined;
  max?: number | undefined;
}

function range(raw: Raw): RangeSearch {
  const metric = textOf(raw.metric);
  return metric === undefined ? {} : { metric, min: numberOf(raw.min), max: numberOf(raw.max) };
}

function sortOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && SORT.test(text) ? text : undefined;
}

export interface RunsSearch extends RangeSearch {
  q?: string | undefined;
  kind?: "evaluation" | "experiment" | undefined;
  status?: RunStatus | undefined;
  /** The dataset whose runs are shown. */
  dataset?: string | undefined;
  sort?: string | undefined;
  page?: number | undefined;
}

export function runs(raw: Raw): RunsSearch {
  return {
    q: textOf(raw.q),
    kind: oneOf(raw.kind, ["evaluation", "experiment"]),
    status: oneOf(raw.status, RUN_STATUSES),
    dataset: textOf(raw.dataset),
    sort: sortOf(raw.sort),
    page: page(raw),
    ...range(raw),
  };
}

export interface EvaluationSearch {
  tab?: "items" | undefined;
  model?: string | undefined;
  status?: ItemStatus | undefined;
  passed?: "yes" | "no" | undefined;
  q?: string | undefined;
  a?: string | undefined;
  b?: string | undefined;
  outcome?: Outcome | undefined;
  /** The datapoint and repeat that the drawer shows, as ``repeat:datapoint``. */
  item?: string | undefined;
}

export const OUTCOMES = ["a_only", "b_only", "both", "neither"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export function evaluation(raw: Raw): EvaluationSearch {
  return {
    tab: oneOf(raw.tab, ["items"]),
    model: textOf(raw.model),
    status: oneOf(raw.status, ITEM_STATUSES),
    passed: oneOf(raw.passed, ["yes", "no"]),
    q: textOf(raw.q),
    a: textOf(raw.a),
    b: textOf(raw.b),
    outcome: oneOf(raw.outcome, OUTCOMES),
    item: textOf(raw.item),
  };
}

export interface RunSearch extends RangeSearch {
  aggregate?: Aggregate | undefined;
  status?: ItemStatus | undefined;
  verdict?: ItemVerdict | undefined;
  /** A metric by its key, with a leading ``-`` for the greatest first. */
  sort?: string | undefined;
  q?: string | undefined;
  item?: string | undefined;
  /** The figure whose history is drawn. */
  history?: string | undefined;
}

export function run(raw: Raw): RunSearch {
  return {
    aggregate: oneOf(raw.aggregate, AGGREGATES),
    status: oneOf(raw.status, ITEM_STATUSES),
    verdict: oneOf(raw.verdict, VERDICTS),
    sort: textOf(raw.sort),
    q: textOf(raw.q),
    item: textOf(raw.item),
    history: textOf(raw.history),
    ...range(raw),
  };
}

export interface CompareSearch {
  new?: string | undefined;
  old?: string | undefined;
  metric?: string | undefined;
  way?: "improved" | "degraded" | "same" | undefined;
  /** The field of the datapoints' metadata that makes the groups, and the metric shown of them. */
  group?: string | undefined;
  of?: string | undefined;
  /** The datapoint that the drawer shows. */
  item?: string | undefined;
  page?: number | undefined;
}

export function compare(raw: Raw): CompareSearch {
  return {
    new: textOf(raw.new),
    old: textOf(raw.old),
    metric: textOf(raw.metric),
    way: oneOf(raw.way, ["improved", "degraded", "same"]),
    group: textOf(raw.group),
    of: textOf(raw.of),
    item: textOf(raw.item),
    page: page(raw),
  };
}

export interface ListSearch {
  q?: string | undefined;
  page?: number | undefined;
}

export function list(raw: Raw): ListSearch {
  return { q: textOf(raw.q), page: page(raw) };
}

export interface DatasetSearch {
  tab?: "versions" | undefined;
  page?: number | undefined;
  /** The version whose datapoints are shown; the current one if missing. */
  version?: string | undefined;
  /** The versions that are compared. */
  from?: string | undefined;
  to?: string | undefined;
}

export function dataset(raw: Raw): DatasetSearch {
  return {
    tab: oneOf(raw.tab, ["versions"]),
    page: page(raw),
    version: textOf(raw.version),
    from: textOf(raw.from),
    to: textOf(raw.to),
  };
}

export interface SessionsSearch extends ListSearch {
  failed?: "yes" | undefined;
  run?: string | undefined;
}

export function sessions(raw: Raw): SessionsSearch {
  return { ...list(raw), failed: oneOf(raw.failed, ["yes"]), run: textOf(raw.run) };
}

export interface SessionSearch {
  /** The event that is shown in full. */
  event?: string | undefined;
}

export function session(raw: Raw): SessionSearch {
  return { event: textOf(raw.event) };
}

export interface TrendsSearch {
  /** How many runs of each eval type are shown. */
  runs?: number | undefined;
}

export function trends(raw: Raw): TrendsSearch {
  const runs = pageOf(raw.runs);
  return { runs: runs > 1 && runs <= 500 ? runs : undefined };
}

export interface RegressionsSearch {
  evidence?: "required" | undefined;
  run?: string | undefined;
}

export function regressions(raw: Raw): RegressionsSearch {
  return { evidence: oneOf(raw.evidence, ["required"]), run: textOf(raw.run) };
}

export interface EvalRunSearch {
  show?: "failed" | "errors" | undefined;
  q?: string | undefined;
}

export function evalRun(raw: Raw): EvalRunSearch {
  return { show: oneOf(raw.show, ["failed", "errors"]), q: textOf(raw.q) };
}

export interface PromptSearch {
  from?: number | undefined;
  to?: number | undefined;
}

export function prompt(raw: Raw): PromptSearch {
  return { from: versionOf(raw.from), to: versionOf(raw.to) };
}

function versionOf(value: unknown): number | undefined {
  const version = Number(value);
  return Number.isInteger(version) && version > 0 ? version : undefined;
}
