import { expect, it } from "vitest";
import { readQuestions } from "./questions";

it("reads verdicts, choices and ranges from lines", () => {
  expect(readQuestions("correct\n\ntone: kind, cold\nhelpfulness: 1-5")).toMatchObject([
    { name: "correct", type: "boolean" },
    { name: "tone", type: "category", options: ["kind", "cold"] },
    { name: "helpfulness", type: "number", min: 1, max: 5 },
  ]);
});
