import { expect, it } from "vitest";
import { model } from "../../../tests/report";
import { frontLine, qualityCost, spreadLabels } from "./qualityCost";

it("never draws an unknown cost at zero", () => {
  const { points, unplaced } = qualityCost(
    [model("known", 500, { cost_per_1000_usd: "0" }), model("unknown", 700)],
    "unknown",
  );
  expect(points.map((point) => [point.name, point.cost])).toEqual([["known", 0]]);
  expect(unplaced).toEqual(["unknown"]);
});

it("uses a logarithmic axis only for wide, positive costs", () => {
  const at = (cost: string) => model(cost, 500, { cost_per_1000_usd: cost });
  expect(qualityCost([at("0.1"), at("5")], null).logarithmic).toBe(true);
  expect(qualityCost([at("1"), at("5")], null).logarithmic).toBe(false);
  expect(qualityCost([at("0"), at("5")], null).logarithmic).toBe(false);
});

it("draws the front as steps from the cheapest to the best", () => {
  const { points } = qualityCost(
    [
      model("dear", 700, { cost_per_1000_usd: "9" }),
      model("cheap", 300, { cost_per_1000_usd: "1" }),
      model("beaten", 200, { cost_per_1000_usd: "5" }),
    ],
    "dear",
  );
  const rates = [300 / 1319, 700 / 1319] as const;
  expect(frontLine(points)).toEqual([
    [1, rates[0]],
    [9, rates[0]],
    [9, rates[1]],
  ]);
});

it("keeps labels from lying on each other", () => {
  const placed = spreadLabels([100, 95, 300], 30);
  expect(placed).toEqual([125, 95, 300]);
});
