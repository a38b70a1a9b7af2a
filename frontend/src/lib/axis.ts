/** A linear axis of ratios with round ticks, shared by the rows of a table. */
export interface Axis {
  low: number;
  high: number;
  ticks: number[];
}

/** The whole range from 0 to 100 %. */
export const FULL_AXIS: Axis = { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25];

/** The tightest axis with round ends that holds all values; never narrower than 10 points. */
export function axisAround(values: readonly number[]): Axis {
  if (values.length === 0) return FULL_AXIS;
  const least = Math.max(0, Math.min(...values));
  const most = Math.min(1, Math.max(...values));
  const pad = Math.max(0, 0.1 - (most - least)) / 2;
  const wanted = Math.max(most - least, 0.1) / 4;
  const step = STEPS.find((candidate) => candidate >= wanted) ?? 0.25;
  const low = Math.max(0, Math.floor((least - pad) / step + 1e-9) * step);
  const high = Math.min(1, Math.ceil((most + pad) / step - 1e-9) * step);
  const ticks: number[] = [];
  for (let tick = low; tick <= high + 1e-9; tick += step) ticks.push(Number(tick.toFixed(4)));
  return { low, high: Math.max(high, ticks.at(-1) ?? high), ticks };
}

/** Where a value lies on the axis, as a CSS length; values outside stick to the end. */
export function position(axis: Axis, value: number): string {
  const share = (value - axis.low) / (axis.high - axis.low || 1);
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`;
}
