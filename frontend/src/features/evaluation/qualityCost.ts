/** What the quality–cost chart plots, decided apart from how it is drawn. */
import type { ModelSummary } from "@/api/types";
import { modelName } from "@/lib/format";

export interface CostPoint {
  model: string;
  name: string;
  cost: number;
  rate: number;
  low: number;
  high: number;
  leader: boolean;
}

export interface QualityCost {
  points: CostPoint[];
  /** Models without a known cost or without a rate: named, never drawn at zero. */
  unplaced: string[];
  logarithmic: boolean;
}

/** Costs that differ by this factor or more are shown on a logarithmic axis. */
const WIDE = 12;

export function qualityCost(models: readonly ModelSummary[], leader: string | null): QualityCost {
  const points: CostPoint[] = [];
  const unplaced: string[] = [];
  for (const model of models) {
    const { cost_per_1000_usd: cost, pass_rate: rate } = model;
    if (cost === null || cost === undefined || rate === null) {
      unplaced.push(modelName(model.model));
      continue;
    }
    const [low = rate, high = rate] = model.interval ?? [];
    points.push({
      model: model.model,
      name: modelName(model.model),
      cost: Number(cost),
      rate,
      low,
      high,
      leader: model.model === leader,
    });
  }
  const costs = points.map(({ cost }) => cost);
  const least = Math.min(...costs);
  const logarithmic = points.length > 1 && least > 0 && Math.max(...costs) / least >= WIDE;
  return { points, unplaced, logarithmic };
}

/** Whether no other point is at least as good on both axes and better on one. */
function unbeaten(point: CostPoint, points: readonly CostPoint[]): boolean {
  return !points.some(
    (other) =>
      other.cost <= point.cost &&
      other.rate >= point.rate &&
      (other.cost < point.cost || other.rate > point.rate),
  );
}

/** The points on the front, the cheapest first. */
export function frontPoints(points: readonly CostPoint[]): CostPoint[] {
  return points.filter((point) => unbeaten(point, points)).sort((a, b) => a.cost - b.cost);
}

/**
 * The front over the two drawn axes as steps, from the cheapest to the best.
 *
 * The report's own front also counts latency, so it may hold more models than this line.
 */
export function frontLine(points: readonly CostPoint[]): [number, number][] {
  const line: [number, number][] = [];
  for (const point of frontPoints(points)) {
    const previous = line.at(-1);
    if (previous) line.push([point.cost, previous[1]]);
    line.push([point.cost, point.rate]);
  }
  return line;
}

/** Moves labels apart downwards so that none lies on another; heights in pixels. */
export function spreadLabels(tops: readonly number[], height: number): number[] {
  const order = tops.map((_, index) => index).sort((a, b) => (tops[a] ?? 0) - (tops[b] ?? 0));
  const placed = [...tops];
  let floor = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    const top = Math.max(tops[index] ?? 0, floor);
    placed[index] = top;
    floor = top + height;
  }
  return placed;
}
