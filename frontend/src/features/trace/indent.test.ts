import { expect, it } from "vitest";
import { indentOf } from "./Waterfall";

it("stands deeper levels further in, and leaves the name its room however deep", () => {
  const steps = Array.from({ length: 27 }, (_, index) => indentOf(index + 1));
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect(indentOf(1)).toBe(0);
  expect(indentOf(1000)).toBeLessThanOrEqual(8);
});
