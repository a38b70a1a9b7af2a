import { describe, expect, it } from "vitest";
import type { TrendPoint, TrendSummary } from "@/api/types";
import { bands, changeText, linePoints, thresholdSteps, timelineOf } from "./timeline";

function point(run_id: string, changes: Partial<TrendPoint> = {}): TrendPoint {
  return {
    run_id,
    timestamp: "2026-01-01T10:00:00Z",
    experiment_name: "shop-tone",
    eval_type: "tone",
    pass_rate: 0.9,
    average_score: null,
    total_cases: 10,
    error_cases: 0,
    prompt_versions: {},
    eval_status: "complete",
    threshold: null,
    interval: { low: 0.6, high: 0.98, level: 0.95, method: "wilson" },
    dataset_digest: null,
    dataset_version: null,
    scorers_digest: null,
    repeats: null,
    total_trials: null,
    ...changes,
  };
}

function summary(points: TrendPoint[], changes: Partial<TrendSummary> = {}): TrendSummary {
  return {
    eval_type: "tone",
    points,
    latest_pass_rate: 0.9,
    trend_direction: "stable",
    prompt_changes: [],
    events: [],
    slope_pp: null,
    sparkline: [],
    ...changes,
  };
}

const EVENT = {
  timestamp: "2026-01-01T11:00:00Z",
  action: "promote",
  prompt_name: "tone",
  alias: "production",
  from_version: 1,
  to_version: 2,
  actor: "ada",
  reason: "better",
  forced: false,
  run_id: null,
};

describe("a timeline for a chart", () => {
  it("joins complete runs only and keeps the others as points", () => {
    const { points } = timelineOf(
      summary([
        point("a"),
        point("b", { eval_status: "partial", pass_rate: 0.5 }),
        point("c", { eval_status: "error", pass_rate: null, interval: null }),
        point("d", { pass_rate: 0.8 }),
      ]),
      null,
    );
    expect(points).toHaveLength(4);
    expect(linePoints(points)).toEqual([
      { place: 0, rate: 0.9 },
      { place: 3, rate: 0.8 },
    ]);
  });

  it("draws no line to a complete run without a rate: it is not 0", () => {
    const { points } = timelineOf(summary([point("a", { pass_rate: null, interval: null })]), 0.8);
    expect(linePoints(points)).toEqual([]);
    expect(points[0]?.below).toBe(false);
  });

  it("takes the threshold stored on the run before the configured one", () => {
    const { points } = timelineOf(
      summary([point("a", { threshold: 0.95 }), point("b"), point("c", { pass_rate: 0.8 })]),
      0.8,
    );
    expect(points.map(({ threshold }) => threshold)).toEqual([0.95, 0.8, 0.8]);
    expect(points.map(({ below }) => below)).toEqual([true, false, false]);
  });

  it("steps where the threshold changes and breaks where there is none", () => {
    const { points } = timelineOf(
      summary([point("a", { threshold: 0.8 }), point("b", { threshold: 0.9 }), point("c")]),
      null,
    );
    expect(thresholdSteps(points)).toEqual([
      [
        [-0.5, 0.8],
        [0.5, 0.8],
        [0.5, 0.9],
        [1.5, 0.9],
      ],
    ]);
  });

  it("breaks the band at a run without an interval", () => {
    const { points } = timelineOf(
      summary([point("a"), point("b", { interval: null }), point("c")]),
      null,
    );
    expect(bands(points)).toEqual([
      [
        [0, 0.98],
        [0, 0.6],
      ],
      [
        [2, 0.98],
        [2, 0.6],
      ],
    ]);
  });

  it("holds the band, the line and the threshold on its axis", () => {
    const { axis } = timelineOf(summary([point("a", { threshold: 0.5 })]), null);
    expect(axis.low).toBeLessThanOrEqual(0.5);
    expect(axis.high).toBeGreaterThanOrEqual(0.98);
  });

  it("makes one mark of all prompts that changed with a run", () => {
    const change = {
      timestamp: "2026-01-01T10:00:00Z",
      run_id: "b",
      from_version: 1,
      to_version: 2,
    };
    const { marks } = timelineOf(
      summary([point("a"), point("b")], {
        prompt_changes: [
          { ...change, prompt_name: "tone" },
          { ...change, prompt_name: "system" },
        ],
      }),
      null,
    );
    expect(marks).toMatchObject([
      { kind: "prompt", place: 1, label: "tone v1 → v2, system v1 → v2" },
    ]);
  });

  it("draws what happened between the same two runs side by side, in order", () => {
    const { marks } = timelineOf(
      summary([point("a"), point("b")], {
        events: [
          { ...EVENT, run_id: "b" },
          { ...EVENT, run_id: "b", action: "rollback", timestamp: "2026-01-01T12:00:00Z" },
        ],
      }),
      null,
    );
    expect(marks.map(({ place }) => place)).toEqual([1 / 3, 2 / 3]);
  });

  it("puts a promotion before the first run after it, and after the last if there is none", () => {
    const { marks } = timelineOf(
      summary([point("a"), point("b")], {
        events: [
          { ...EVENT, run_id: "b" },
          { ...EVENT, action: "rollback", forced: true },
        ],
      }),
      null,
    );
    expect(marks.map(({ kind, place }) => [kind, place])).toEqual([
      ["promote", 0.5],
      ["rollback", 1.5],
    ]);
    expect(marks[1]?.label).toContain("forced");
  });

  it("says of a prompt that was not active that there was none", () => {
    const change = { timestamp: "", run_id: "b", prompt_name: "tone", to_version: 2 };
    expect(changeText({ ...change, from_version: null })).toBe("tone none → v2");
  });
});
