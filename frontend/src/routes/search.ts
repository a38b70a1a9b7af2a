/** What the search parameters of each page may be; anything else is dropped. */
import { pageOf, textOf } from "@/lib/search";

type Raw = Record<string, unknown>;

function page(raw: Raw): number | undefined {
  const value = pageOf(raw.page);
  return value === 1 ? undefined : value;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

export interface RunsSearch {
  q?: string | undefined;
  kind?: "evaluation" | "experiment" | undefined;
  status?: string | undefined;
  sort?: string | undefined;
  page?: number | undefined;
}

export function runs(raw: Raw): RunsSearch {
  return {
    q: textOf(raw.q),
    kind: oneOf(raw.kind, ["evaluation", "experiment"]),
    status: textOf(raw.status),
    sort: textOf(raw.sort),
    page: page(raw),
  };
}

export interface EvaluationSearch {
  tab?: "items" | undefined;
  model?: string | undefined;
  status?: string | undefined;
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
    status: textOf(raw.status),
    passed: oneOf(raw.passed, ["yes", "no"]),
    q: textOf(raw.q),
    a: textOf(raw.a),
    b: textOf(raw.b),
    outcome: oneOf(raw.outcome, OUTCOMES),
    item: textOf(raw.item),
  };
}

export interface RunSearch {
  aggregate?: string | undefined;
  status?: string | undefined;
  passed?: "yes" | "no" | undefined;
  q?: string | undefined;
  item?: string | undefined;
}

export function run(raw: Raw): RunSearch {
  return {
    aggregate: textOf(raw.aggregate),
    status: textOf(raw.status),
    passed: oneOf(raw.passed, ["yes", "no"]),
    q: textOf(raw.q),
    item: textOf(raw.item),
  };
}

export interface CompareSearch {
  new?: string | undefined;
  old?: string | undefined;
}

export function compare(raw: Raw): CompareSearch {
  return { new: textOf(raw.new), old: textOf(raw.old) };
}

export interface ListSearch {
  q?: string | undefined;
  page?: number | undefined;
}

export function list(raw: Raw): ListSearch {
  return { q: textOf(raw.q), page: page(raw) };
}

export interface PageSearch {
  page?: number | undefined;
}

export function paged(raw: Raw): PageSearch {
  return { page: page(raw) };
}
