import { expect, it } from "vitest";
import type { RunOverview, ScoreView } from "@/api/types";
import { scoreKey, verdictOptions } from "./metrics";

const score = (details: ScoreView["details"]) => ({ name: "exact", details }) as ScoreView;

it("names a metric by the event that carries it, the candidate's own aside", () => {
  expect(scoreKey(score({}), "answer")).toBe("exact");
  expect(scoreKey(score({ event_name: "answer", event_type: "chain" }), "answer")).toBe("exact");
  expect(scoreKey(score({ event_name: "look", event_type: "tool" }), "answer")).toBe("exact|look");
  expect(scoreKey(score({ event_name: "answer", event_type: "session" }), "answer")).toBe(
    "exact|session",
  );
});

it("offers the verdicts that there are, with how many", () => {
  const overview = { verdicts: { passed: 3, no_verdict: 1 } } as unknown as RunOverview;
  expect(verdictOptions(overview, String).map(({ label }) => label)).toEqual([
    "Passed 3",
    "Not passed 0",
    "No verdict 1",
  ]);
  expect(verdictOptions(undefined, String)).toHaveLength(2);
});
