import { expect, it } from "vitest";
import { EMPTY_DRAFT, isModelSpec, missingParts, requestOf } from "./draft";

const ready = { ...EMPTY_DRAFT, taskId: "t", datasetId: "d", models: ["openai:gpt-4o"] };

it("names everything that is still missing", () => {
  expect(missingParts(EMPTY_DRAFT)).toEqual([
    "choose a task",
    "choose a dataset",
    "choose at least one model",
  ]);
  expect(requestOf(EMPTY_DRAFT)).toBeNull();
});

it("sends an empty budget as no budget and zero as zero", () => {
  expect(requestOf(ready)).not.toHaveProperty("budget_usd");
  expect(requestOf({ ...ready, budgetUsd: "0" })).toMatchObject({ budget_usd: "0" });
  expect(requestOf({ ...ready, budgetUsd: "two" })).toBeNull();
});

it("knows a model specification when it sees one", () => {
  expect(isModelSpec("openai:gpt-4o")).toBe(true);
  expect(isModelSpec("gpt-4o")).toBe(false);
  expect(isModelSpec("openai: gpt")).toBe(false);
});
