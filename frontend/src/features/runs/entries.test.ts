import { expect, it } from "vitest";
import type { EvaluationView } from "@/api/types";
import {
  byAge,
  isWithin,
  commonMetrics,
  entryOfEvaluation,
  mergePage,
  type Entry,
} from "./entries";

function entry(id: string, createdAt: string): Entry {
  return {
    kind: "experiment",
    id,
    name: id,
    status: "completed",
    candidates: [],
    dataset: null,
    task: null,
    planned: null,
    ended: 0,
    passRate: null,
    passCount: 0,
    leader: null,
    leaderRun: null,
    metrics: {},
    costUsd: null,
    createdAt,
    durationSeconds: null,
  };
}

const older = [entry("c", "2026-01-03T00:00:00Z"), entry("a", "2026-01-01T00:00:00Z")];
const newer = [entry("d", "2026-01-04T00:00:00Z"), entry("b", "2026-01-02T00:00:00Z")];
const ids = (entries: Entry[]) => entries.map(({ id }) => id).join("");

it("weaves two lists into one, newest first", () => {
  expect(ids(mergePage([older, newer], "-created_at", 1, 10))).toBe("dcba");
  expect(ids(mergePage([older, newer], "created_at", 1, 10))).toBe("abcd");
});

it("gives each row to exactly one page", () => {
  const pages = [1, 2].map((page) => ids(mergePage([older, newer], "name", page, 2)));
  expect(pages).toEqual(["ab", "cd"]);
});

it("finds the leader's run by the leader's place among the models", () => {
  const view = {
    id: "ev",
    name: "ev",
    status: "completed",
    task: { id: "t", name: "t" },
    dataset: { id: "d", name: "d", size: 3 },
    models: ["small", "large"],
    run_ids: ["run-small", "run-large"],
    repeats: 1,
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    finished_at: null,
    planned: 6,
    ended: 6,
    passed: 3,
    cost_usd: null,
    leader: "large",
    error: null,
  } satisfies EvaluationView;
  expect(entryOfEvaluation(view).leaderRun).toBe("run-large");
  expect(entryOfEvaluation({ ...view, leader: null }).leaderRun).toBeNull();
});

it("gives columns to the commonest metrics and leaves out what the table says anyway", () => {
  const rows: Entry[] = [
    { ...entry("a", "2026-01-01T00:00:00Z"), metrics: { exact: 1, pass_rate: 1, rare: 0.5 } },
    { ...entry("b", "2026-01-01T00:00:00Z"), metrics: { exact: 0, brevity: 0.5 } },
    { ...entry("c", "2026-01-01T00:00:00Z"), metrics: { brevity: null, exact: 1 } },
  ];
  expect(commonMetrics(rows, 2)).toEqual(["exact", "brevity"]);
});

it("sorts by a metric as a number, those without it last whichever way", () => {
  const scored = (id: string, near: number | null) => ({
    ...entry(id, "2026-01-01T00:00:00Z"),
    metrics: { near },
  });
  const lists = [
    [scored("a", 9), scored("b", null)],
    [scored("c", 10), scored("d", -1)],
  ];
  expect(ids(mergePage(lists, "-metrics.near", 1, 10))).toBe("cadb");
  expect(ids(mergePage(lists, "metrics.near", 1, 10))).toBe("dacb");
});

it("finds entries by a figure within bounds, both inclusive", () => {
  const half = { ...entry("a", "2026-01-01T00:00:00Z"), passRate: 0.5 };
  expect(isWithin(half, "pass_rate", 0.5, 0.5)).toBe(true);
  expect(isWithin(half, "pass_rate", 0.6)).toBe(false);
  expect(isWithin(half, "metrics.near")).toBe(false);
});

it("compares the later with the earlier, in whichever order they were ticked", () => {
  const [early, late] = [entry("e", "2026-01-01T00:00:00Z"), entry("l", "2026-01-02T00:00:00Z")];
  expect(byAge([late, early]).map(({ id }) => id)).toEqual(["e", "l"]);
  expect(byAge([early, late]).map(({ id }) => id)).toEqual(["e", "l"]);
});
