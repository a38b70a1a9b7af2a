/** The metrics of a run and the scores of its items, by one key. */
import type { MetricOverview, RunOverview, ScoreView } from "@/api/types";

/** How many metrics have a column until others are chosen; more leave the outputs no room. */
export const USUAL_COLUMNS = 6;

/** The keys of the metrics that have a column until others are chosen. */
export function usualKeys(metrics: readonly MetricOverview[]): string[] {
  return metrics.slice(0, USUAL_COLUMNS).map(({ key }) => key);
}

/**
 * The key of the metric that a score belongs to, as the server forms it.
 *
 * The candidate's own event counts as none, and all sessions are one event.
 */
export function scoreKey(score: ScoreView, candidate: string): string {
  const { event_name: name, event_type: type } = score.details;
  if (typeof name !== "string") return score.name;
  if (type === "session") return `${score.name}|session`;
  return name === candidate ? score.name : `${score.name}|${name}`;
}

export interface VerdictCount {
  value: string;
  label: string;
}

const WORDS = {
  passed: "Passed",
  not_passed: "Not passed",
  no_verdict: "No verdict",
  errored: "Errored",
} as const;

/** The verdicts that items of the run have, each with how many; always the first two. */
export function verdictOptions(
  overview: RunOverview | undefined,
  count: (n: number) => string,
): VerdictCount[] {
  const shown = Object.entries(WORDS).filter(
    ([value]) =>
      value === "passed" || value === "not_passed" || (overview?.verdicts[value] ?? 0) > 0,
  );
  return shown.map(([value, label]) => ({
    value,
    label: overview ? `${label} ${count(overview.verdicts[value] ?? 0)}` : label,
  }));
}
