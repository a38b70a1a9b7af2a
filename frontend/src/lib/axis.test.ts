import { expect, it } from "vitest";
import { axisAround, position } from "./axis";

it("holds every value it was made for", () => {
  const values = [0.195, 0.24, 0.536, 0.589];
  const axis = axisAround(values);
  expect(axis.low).toBeLessThanOrEqual(0.195);
  expect(axis.high).toBeGreaterThanOrEqual(0.589);
  expect(axis.ticks[0]).toBe(axis.low);
});

it("never leaves the range of a ratio", () => {
  const axis = axisAround([0, 1]);
  expect([axis.low, axis.high]).toEqual([0, 1]);
});

it("is at least ten points wide, so that equal models do not look far apart", () => {
  const axis = axisAround([0.5, 0.501]);
  expect(axis.high - axis.low).toBeGreaterThanOrEqual(0.1 - 1e-9);
});

it("places values between the ends and keeps strays at the ends", () => {
  const axis = { low: 0.2, high: 0.6, ticks: [] };
  expect(position(axis, 0.4)).toBe("50.00%");
  expect(position(axis, 0.1)).toBe("0.00%");
  expect(position(axis, 0.9)).toBe("100.00%");
});
