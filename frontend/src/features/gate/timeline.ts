/** From a timeline as the gate answers it to what a chart draws. Everything here is pure. */
import type { PromptChange, TrendEvent, TrendPoint, TrendSummary } from "@/api/types";
import { axisAround, type Axis } from "@/lib/axis";
import { dateTime, intervalText, percent } from "@/lib/format";

/** One run; ``place`` counts the runs from 0. */
export interface PlotPoint {
  place: number;
  runId: string;
  rate: number | null;
  low: number | null;
  high: number | null;
  threshold: number | null;
  /** Whether it is complete: only such runs are joined by the line. */
  complete: boolean;
  below: boolean;
  label: string;
}

export type MarkKind = "prompt" | "promote" | "rollback";

/** Something that happened to a prompt, at a run or between two of them. */
export interface PlotMark {
  key: string;
  place: number;
  kind: MarkKind;
  label: string;
  forced: boolean;
}

export interface Timeline {
  points: PlotPoint[];
  marks: PlotMark[];
  axis: Axis;
}

/** Prepares a timeline; runs that stored no threshold are held to ``configured``. */
export function timelineOf(summary: TrendSummary, configured: number | null): Timeline {
  const points = summary.points.map((point, place) => plotPoint(point, place, configured));
  const values = points.flatMap(({ rate, low, high, threshold }) =>
    [rate, low, high, threshold].filter((value) => value !== null),
  );
  const places = new Map(points.map(({ runId, place }) => [runId, place]));
  return {
    points,
    marks: [
      ...grouped(summary.prompt_changes, places),
      ...eventMarks(summary.events, places, points.length),
    ],
    axis: axisAround(values),
  };
}

function plotPoint(point: TrendPoint, place: number, configured: number | null): PlotPoint {
  const threshold = point.threshold ?? configured;
  const rate = point.pass_rate;
  return {
    place,
    runId: point.run_id,
    rate,
    low: point.interval?.low ?? null,
    high: point.interval?.high ?? null,
    threshold,
    complete: point.eval_status === "complete" && rate !== null,
    // The same allowance for the last bits of a float as the gate's own rule.
    below: rate !== null && threshold !== null && rate < threshold - 1e-9,
    label: pointLabel(point),
  };
}

function pointLabel(point: TrendPoint): string {
  const { interval } = point;
  const bounds = interval ? ` ${intervalText([interval.low, interval.high])}` : "";
  const status = point.eval_status === "complete" ? "" : `, ${point.eval_status}`;
  const rate = point.pass_rate === null ? "no pass rate" : percent(point.pass_rate);
  return `${dateTime(point.timestamp)}: ${rate}${bounds}${status}`;
}

/** All prompts that changed with one run are one mark. */
function grouped(changes: readonly PromptChange[], places: Map<string, number>): PlotMark[] {
  const byRun = new Map<string, string[]>();
  for (const change of changes) {
    byRun.set(change.run_id, [...(byRun.get(change.run_id) ?? []), changeText(change)]);
  }
  return [...byRun].map(([runId, texts]) => ({
    key: `prompt ${runId}`,
    place: places.get(runId) ?? 0,
    kind: "prompt",
    label: texts.join(", "),
    forced: false,
  }));
}

/** A prompt's change in words: ``tone v1 → v2``. */
export function changeText(change: PromptChange): string {
  const before = change.from_version === null ? "none" : versionText(change.from_version);
  const after = change.to_version === null ? "none" : versionText(change.to_version);
  return `${change.prompt_name} ${before} → ${after}`;
}

/** A version as it is written everywhere: ``v3``; what is no number stays as it was logged. */
export function versionText(version: number | string | null): string {
  if (version === null) return "none";
  return typeof version === "number" ? `v${version}` : version;
}

/** Events stand before the first run after them; several share the room between two runs. */
function eventMarks(
  events: readonly TrendEvent[],
  places: Map<string, number>,
  runs: number,
): PlotMark[] {
  const placeOf = ({ run_id: id }: TrendEvent) =>
    (id === null ? undefined : places.get(id)) ?? runs;
  return events.map((event) => {
    const before = placeOf(event);
    const together = events.filter((other) => placeOf(other) === before);
    return {
      key: `${event.action} ${event.prompt_name} ${event.alias} ${event.timestamp}`,
      place: before - 1 + (together.indexOf(event) + 1) / (together.length + 1),
      kind: event.action === "rollback" ? "rollback" : "promote",
      label: eventText(event),
      forced: event.forced,
    };
  });
}

/** A promotion or rollback in words. */
export function eventText(event: TrendEvent): string {
  const from = event.from_version === null ? "" : ` from ${versionText(event.from_version)}`;
  const what = event.action === "rollback" ? "rolled back" : "promoted";
  const forced = event.forced ? ", forced" : "";
  const move = `${event.prompt_name}@${event.alias} ${what}${from} to ${versionText(event.to_version)}`;
  return `${dateTime(event.timestamp)}: ${move} by ${event.actor}${forced} (${event.reason})`;
}

/** The line's corners: complete runs only, whatever lies between them. */
export function linePoints(points: readonly PlotPoint[]): { place: number; rate: number }[] {
  return points.flatMap(({ place, rate, complete }) =>
    complete && rate !== null ? [{ place, rate }] : [],
  );
}

/** The band around the line, there and back; broken where a run has no interval. */
export function bands(points: readonly PlotPoint[]): [number, number][][] {
  const parts: PlotPoint[][] = [[]];
  for (const point of points) {
    if (!point.complete) continue;
    if (point.low === null) parts.push([]);
    else parts.at(-1)?.push(point);
  }
  return parts
    .filter((part) => part.length > 0)
    .map((part) => [
      ...part.map(({ place, high }): [number, number] => [place, high ?? 0]),
      ...[...part].reverse().map(({ place, low }): [number, number] => [place, low ?? 0]),
    ]);
}

/** The threshold as steps: it holds from half a run before to half a run after. */
export function thresholdSteps(points: readonly PlotPoint[]): [number, number][][] {
  const steps: [number, number][][] = [];
  let open: [number, number][] | null = null;
  for (const { place, threshold } of points) {
    if (threshold === null) {
      open = null;
      continue;
    }
    const step: [number, number][] = [
      [place - 0.5, threshold],
      [place + 0.5, threshold],
    ];
    if (open) open.push(...step);
    else steps.push((open = step));
  }
  return steps;
}
