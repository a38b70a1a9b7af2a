import { expect, it } from "vitest";
import { wilson } from "./wilson";

it("gives the interval that statsmodels gives of 742 in 1319", () => {
  const [low, high] = wilson(742, 1319) ?? [];
  expect(low).toBeCloseTo(0.53563, 5);
  expect(high).toBeCloseTo(0.5891, 5);
});

it("stays inside 0 and 1 and has nothing to say about nothing", () => {
  expect(wilson(0, 5)?.[0]).toBe(0);
  expect(wilson(5, 5)?.[1]).toBeCloseTo(1, 12);
  expect(wilson(0, 0)).toBeNull();
});
