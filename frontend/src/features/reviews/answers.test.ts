import { describe, expect, it } from "vitest";
import type { QueueField } from "@/api/types";
import { annotationsOf, answerOf, isComplete, openQuestion } from "./answers";

const field = (name: string, given: Partial<QueueField> = {}): QueueField => ({
  name,
  type: "boolean",
  options: [],
  min: null,
  max: null,
  required: true,
  evaluator: null,
  ...given,
});
const correct = field("correct");
const tone = field("tone", { type: "category", options: ["kind", "cold"] });
const stars = field("stars", { type: "number", min: 1, max: 5, required: false });

describe("the keys of a review", () => {
  it("decide verdicts", () => {
    expect(["y", "Y", "1", "n", "0", "x"].map((key) => answerOf(correct, key))).toEqual([
      true,
      true,
      true,
      false,
      false,
      undefined,
    ]);
  });

  it("choose an option by its place and a number within its range", () => {
    expect(["1", "2", "3"].map((key) => answerOf(tone, key))).toEqual(["kind", "cold", undefined]);
    expect(["0", "4", "6"].map((key) => answerOf(stars, key))).toEqual([undefined, 4, undefined]);
  });
});

describe("the answers of a review", () => {
  const fields = [correct, tone, stars];

  it("lead to the first question that is open", () => {
    expect(openQuestion(fields, { correct: false })).toBe(1);
    expect(openQuestion(fields, { correct: false, tone: "cold", stars: 2 })).toBe(2);
  });

  it("are complete without what is not required", () => {
    expect(isComplete(fields, { correct: false, tone: "kind" })).toBe(true);
    expect(isComplete(fields, { correct: true })).toBe(false);
  });

  it("become annotations, the comment with the first", () => {
    expect(annotationsOf(fields, { correct: false, stars: 3 }, " wrong time ")).toEqual([
      { name: "correct", value: false, comment: "wrong time" },
      { name: "stars", value: 3 },
    ]);
  });
});
