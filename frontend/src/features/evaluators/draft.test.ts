import { describe, expect, it } from "vitest";
import type { Evaluator } from "@/api/types";
import { bodyOf, changedParts, draftOf, EMPTY, samplesOf } from "./draft";

const stored: Evaluator = {
  id: "m1",
  name: "polite",
  kind: "check",
  version: 2,
  settings: { check: "one_of", values: ["yes", 5], min: null, max: null, ignore_case: true },
  target: "outputs.text",
  threshold: { min: 0.5, max: null },
  filters: {
    filterArray: [{ field: "metrics.tries", operator: "greater than", value: 2, type: "number" }],
  },
  enabled: false,
  description: null,
  type: "check",
  criteria: "",
  return_type: "boolean",
  enabled_in_prod: false,
  sampling_percentage: 100,
  needs_ground_truth: false,
  created_at: "2026-03-01T12:00:00Z",
  updated_at: "2026-03-01T12:00:00Z",
};

describe("an evaluator that is typed", () => {
  it("is what was stored where nothing was changed", () => {
    expect(bodyOf(draftOf(stored)).body).toEqual({
      name: "polite",
      description: "",
      kind: "check",
      settings: { check: "one_of", values: ["yes", "5"], ignore_case: true },
      target: "outputs.text",
      filters: [{ field: "metrics.tries", operator: "greater than", value: "2", type: "number" }],
      threshold: { min: 0.5, max: null },
      enabled: false,
    });
  });

  it("sends of the settings only what its kind knows", () => {
    const settings = { ...EMPTY.settings, pattern: "a+", model: "x:y", json: "{" };
    expect(bodyOf({ ...EMPTY, settings }).body?.settings).toEqual({ pattern: "a+", absent: false });
    const judge = bodyOf({ ...EMPTY, kind: "judge", settings: { ...settings, answer: "verdict" } });
    expect(judge.body?.settings).toEqual({ model: "x:y", rubric: "", answer: "verdict" });
  });

  it("keeps a judge's limits for a day", () => {
    const limits = { max_calls_per_day: 0, max_usd_per_day: 2.5 };
    const settings = { model: "x:y", rubric: "Kind?", answer: "verdict", ...limits };
    const typed = draftOf({ ...stored, kind: "judge", settings });
    expect(bodyOf(typed).body?.settings).toEqual(settings);
  });

  it("is held back while its schema is no JSON object", () => {
    const typed = (json: string) =>
      bodyOf({ ...EMPTY, kind: "json_schema", settings: { ...EMPTY.settings, json } });
    expect(typed("{").fault).toMatch(/not JSON/);
    expect(typed("[1]").fault).toMatch(/object is needed/);
    expect(typed('{"type": "object"}').body?.settings).toEqual({ schema: { type: "object" } });
  });

  it("means sessions unless a filter speaks of a type or a name", () => {
    const row = { field: "source", operator: "is", value: "prod" };
    expect(samplesOf([row]).map(({ field }) => field)).toEqual(["source", "event_type"]);
    expect(samplesOf([{ ...row, field: "event_name" }])).toHaveLength(1);
    expect(samplesOf([{ ...row, field: " " }])).toHaveLength(1);
  });
});

it("tells which parts of two versions differ", () => {
  const older = { ...stored, enabled: true, settings: { ...stored.settings, ignore_case: false } };
  expect(changedParts(stored, older)).toEqual(["enabled", "ignore_case"]);
  expect(changedParts(stored, stored)).toEqual([]);
});
