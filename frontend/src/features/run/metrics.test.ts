import { expect, it } from "vitest";
import { intervalOf } from "./metrics";

it("gives verdicts Wilson's interval", () => {
  const values = [...Array<boolean>(742).fill(true), ...Array<boolean>(577).fill(false)];
  expect(intervalOf(values)?.[0]).toBeCloseTo(0.53563, 5);
});

it("gives numbers the normal interval of their mean", () => {
  const [low, high] = intervalOf([1, 2, 3, 4]) ?? [];
  expect(((low ?? 0) + (high ?? 0)) / 2).toBeCloseTo(2.5, 12);
  expect((high ?? 0) - (low ?? 0)).toBeCloseTo(2 * 1.959964 * 0.645497, 4);
});

it("gives none where no spread can be seen", () => {
  expect(intervalOf([0.4])).toBeNull();
  expect(intervalOf([])).toBeNull();
});
