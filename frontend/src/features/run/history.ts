/** A figure of the runs over one dataset, run by run. */
import type { ListedRun } from "@/api/types";
import { wilson } from "@/lib/wilson";

export const PASS_RATE = "pass_rate";

export interface HistoryPoint {
  id: string;
  name: string;
  at: string;
  value: number;
  interval: readonly [number, number] | null;
}

/** The runs that have the figure, the oldest first. */
export function historyOf(runs: readonly ListedRun[], field: string): HistoryPoint[] {
  return runs
    .flatMap((run) => {
      const value = figureOf(run, field);
      if (value === null) return [];
      const interval = field === PASS_RATE ? rateInterval(run) : null;
      return [{ id: run.run_id, name: run.name, at: run.created_at, value, interval }];
    })
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** The figures that at least two of the runs have, the pass rate first. */
export function sharedFigures(runs: readonly ListedRun[]): string[] {
  const names = new Set(runs.flatMap(({ summary }) => Object.keys(summary?.metrics ?? {})));
  return [PASS_RATE, ...[...names].filter((name) => !SAID_ELSEWHERE.has(name)).sort()].filter(
    (field) => runs.filter((run) => figureOf(run, field) !== null).length > 1,
  );
}

const SAID_ELSEWHERE: ReadonlySet<string> = new Set([PASS_RATE, "completion_rate"]);

function figureOf({ summary }: ListedRun, field: string): number | null {
  if (!summary) return null;
  if (field === PASS_RATE) return summary.pass_rate;
  return summary.metrics?.[field]?.aggregate ?? null;
}

function rateInterval({ summary }: ListedRun): readonly [number, number] | null {
  return summary ? wilson(summary.passed, summary.passed + summary.not_passed) : null;
}
