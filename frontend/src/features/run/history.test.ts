import { expect, it } from "vitest";
import type { ListedRun } from "@/api/types";
import { historyOf, sharedFigures } from "./history";

function run(id: string, day: number, summary: object | null): ListedRun {
  return {
    run_id: id,
    name: id,
    created_at: `2026-01-0${day}T00:00:00Z`,
    summary,
  } as unknown as ListedRun;
}

const counts = { passed: 1, not_passed: 1, pass_rate: 0.5 };
const runs = [
  run("new", 3, { ...counts, metrics: { exact: { aggregate: 0 }, tone: { aggregate: null } } }),
  run("old", 1, { ...counts, metrics: { exact: { aggregate: 0.25 } } }),
  run("bare", 2, { ...counts, passed: 0, not_passed: 0, pass_rate: null, metrics: {} }),
  run("begun", 4, null),
];

it("tells a figure of the runs that have it, the oldest first, and keeps a zero", () => {
  expect(historyOf(runs, "exact").map(({ id, value }) => [id, value])).toEqual([
    ["old", 0.25],
    ["new", 0],
  ]);
});

it("gives pass rates an interval and other figures none", () => {
  const [first] = historyOf(runs, "pass_rate");
  expect(first?.interval?.map((end) => end.toFixed(3))).toEqual(["0.095", "0.905"]);
  expect(historyOf(runs, "exact")[0]?.interval).toBeNull();
});

it("offers what at least two runs have", () => {
  expect(sharedFigures(runs)).toEqual(["pass_rate", "exact"]);
  expect(sharedFigures(runs.slice(0, 1))).toEqual([]);
});
