/** The metrics of a run's result, whose wire form is an open object. */
import type { RunResult } from "@/api/types";
import { wilson } from "@/lib/wilson";

export interface RunMetric {
  name: string;
  /** The event that carries it, where that is told. */
  event: string | null;
  aggregate: number | null;
  n: number;
  errors: number;
  interval: readonly [number, number] | null;
}

interface Detail {
  metric_name?: unknown;
  event_name?: unknown;
  aggregate?: unknown;
  values?: unknown;
  count?: unknown;
  errors?: unknown;
  interval?: unknown;
}

const Z = 1.959963984540054;

/** The metrics in the server's order. */
export function metricsOf(result: RunResult): RunMetric[] {
  const { details, aggregation_function: aggregation } = result.metrics;
  if (!Array.isArray(details)) return [];
  return details.map((detail: Detail) => metricOf(detail, aggregation === "average"));
}

/** The names of the metrics, each once though several events may carry it. */
export function metricNames(result: RunResult): string[] {
  return [...new Set(metricsOf(result).map(({ name }) => name))];
}

function metricOf(detail: Detail, average: boolean): RunMetric {
  const values = Array.isArray(detail.values) ? (detail.values as unknown[]) : [];
  return {
    name: String(detail.metric_name),
    event: typeof detail.event_name === "string" ? detail.event_name : null,
    aggregate: typeof detail.aggregate === "number" ? detail.aggregate : null,
    n: typeof detail.count === "number" ? detail.count : values.length,
    errors: typeof detail.errors === "number" ? detail.errors : 0,
    interval: given(detail.interval) ?? (average ? intervalOf(values) : null),
  };
}

function given(interval: unknown): readonly [number, number] | null {
  if (!Array.isArray(interval)) return null;
  const [low, high] = interval as unknown[];
  return typeof low === "number" && typeof high === "number" ? [low, high] : null;
}

/**
 * A 95 % interval of an average: Wilson's for verdicts, the normal one for numbers.
 *
 * Null below two values, where no spread can be seen.
 */
export function intervalOf(values: readonly unknown[]): readonly [number, number] | null {
  if (values.length < 2) return null;
  if (values.every((value) => typeof value === "boolean")) {
    return wilson(values.filter(Boolean).length, values.length);
  }
  const numbers = values.filter((value) => typeof value === "number");
  const n = numbers.length;
  if (n < 2) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / n;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const reach = Z * Math.sqrt(variance / n);
  return [mean - reach, mean + reach];
}
