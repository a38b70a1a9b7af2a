import { describe, expect, it } from "vitest";
import { EMPTY, readDatapoint } from "./newDatapoint";

describe("a typed datapoint", () => {
  it("is read from JSON, part by part", () => {
    const { datapoint } = readDatapoint({
      ...EMPTY,
      id: " q-1 ",
      inputs: '{"question": "2 + 2?"}',
      groundTruth: '{"answer": "4"}',
    });
    expect(datapoint).toEqual({
      id: "q-1",
      inputs: { question: "2 + 2?" },
      ground_truth: { answer: "4" },
      metadata: null,
    });
  });

  it("needs inputs", () => {
    expect(readDatapoint(EMPTY).faults.inputs).toMatch(/needs inputs/);
  });

  it("says which part is no object and which no JSON", () => {
    const { datapoint, faults } = readDatapoint({ ...EMPTY, inputs: "[1]", metadata: "{" });
    expect(datapoint).toBeNull();
    expect(faults.inputs).toMatch(/object is needed/);
    expect(faults.metadata).toMatch(/not JSON/);
  });
});
