/** What a comparison of two runs says, in plain sentences. */
import type { ComparedMetric, RunComparison } from "@/api/types";
import { change as changeText, count, figure, pValue } from "@/lib/format";

const LEVEL = 0.05;

export type Change = "better" | "worse" | "open";

/** What names a metric of a comparison: several events may carry one of the same name. */
export function metricKey(row: ComparedMetric): string {
  return `${row.metric_name}|${row.event_name}|${row.event_type}`;
}

/** What a metric is called: its event is named where another has a metric of that name. */
export function metricTitle(row: ComparedMetric, rows: readonly ComparedMetric[]): string {
  const name = row.metric_name.replaceAll("_", " ");
  const alone = rows.filter((one) => one.metric_name === row.metric_name).length === 1;
  if (alone) return name;
  return `${name} of ${row.event_type === "session" ? "the session" : row.event_name}`;
}

/** Whether a metric's change is more than chance, and which way. */
export function changeOf(row: ComparedMetric): Change {
  const p = row.significance?.p_value_adjusted ?? row.significance?.p_value;
  if (p === null || p === undefined || p >= LEVEL) return "open";
  const difference = row.significance?.difference ?? delta(row) ?? 0;
  const up = difference >= 0;
  return up === row.higher_is_better ? "better" : "worse";
}

/** New minus old; null where either is missing. */
export function delta(row: ComparedMetric): number | null {
  if (row.new_aggregate === null || row.old_aggregate === null) return null;
  return row.new_aggregate - row.old_aggregate;
}

function words(row: ComparedMetric, rows: readonly ComparedMetric[]): string {
  const name = metricTitle(row, rows);
  if (moves(row) === 0 && delta(row) === 0) {
    return `${name} is the same on every datapoint (${figure(row.new_aggregate)}).`;
  }
  const moved = `${name} went from ${figure(row.old_aggregate)} to ${figure(row.new_aggregate)} (${changeText(delta(row) ?? 0)})`;
  const p = row.significance?.p_value_adjusted ?? row.significance?.p_value;
  const change = changeOf(row);
  if (change !== "open") {
    return `${moved}: ${change === "better" ? "an improvement" : "a decline"} that chance does not explain (adjusted p ${p !== null && p !== undefined && p < 0.0001 ? "" : "= "}${pValue(p)}).`;
  }
  const needed = row.significance?.needed;
  const n = row.significance?.n ?? row.found_count;
  const more = needed
    ? ` About ${count(Math.max(0, needed - n))} more datapoints would settle it.`
    : "";
  return `${moved}, which may be chance.${more}`;
}

/** On how many datapoints a metric differs. */
export function moves(row: ComparedMetric): number {
  return row.improved_count + row.degraded_count;
}

/** What chance does not explain first, then what moved on the most datapoints. */
export function byWeight(metrics: readonly ComparedMetric[]): ComparedMetric[] {
  const open = (row: ComparedMetric) => Number(changeOf(row) === "open");
  return [...metrics].sort((a, b) => open(a) - open(b) || moves(b) - moves(a));
}

export function comparisonSentences({ metrics }: RunComparison): string[] {
  if (metrics.length === 0) return ["The two runs share no metric."];
  return byWeight(metrics)
    .slice(0, 4)
    .map((row) => {
      const text = words(row, metrics);
      return text.charAt(0).toUpperCase() + text.slice(1);
    });
}
