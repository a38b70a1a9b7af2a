import { expect, it } from "vitest";
import type { ComparedMetric, RunComparison } from "@/api/types";
import { byWeight, changeOf, comparisonSentences, metricKey, metricTitle } from "./sentences";

function row(given: Partial<ComparedMetric>): ComparedMetric {
  return {
    metric_name: "exact",
    event_name: "answer",
    event_type: "chain",
    old_aggregate: 0.5,
    new_aggregate: 0.7,
    found_count: 100,
    improved_count: 30,
    degraded_count: 10,
    same_count: 60,
    higher_is_better: true,
    significance: { test: "t", p_value: 0.001, p_value_adjusted: 0.002, difference: 0.2, n: 100 },
    ...given,
  } as ComparedMetric;
}

it("calls a rise better only where higher is better", () => {
  expect(changeOf(row({}))).toBe("better");
  expect(changeOf(row({ higher_is_better: false }))).toBe("worse");
});

it("tells apart metrics of one name by their event", () => {
  const both = [row({}), row({ event_name: "run A", event_type: "session" })];
  expect(new Set(both.map(metricKey)).size).toBe(2);
  expect(both.map((one) => metricTitle(one, both))).toEqual([
    "exact of answer",
    "exact of the session",
  ]);
  expect(metricTitle(row({}), [row({})])).toBe("exact");
});

it("says first what chance does not explain", () => {
  const noise = row({
    metric_name: "words",
    improved_count: 50,
    degraded_count: 50,
    significance: { ...row({}).significance, p_value: 0.6, p_value_adjusted: 0.6 } as never,
  });
  expect(byWeight([noise, row({})]).map(({ metric_name: name }) => name)).toEqual([
    "exact",
    "words",
  ]);
  const sentences = comparisonSentences({ metrics: [noise, row({})] } as RunComparison);
  expect(sentences[0]).toContain("Exact went from 0.500 to 0.700 (+0.200): an improvement");
});
