import { useElementSize } from "@mantine/hooks";
import { scaleLinear, scaleLog } from "d3-scale";
import { axisAround } from "@/lib/axis";
import { money, percent, short } from "@/lib/format";
import {
  frontLine,
  frontPoints,
  spreadLabels,
  type CostPoint,
  type QualityCost,
} from "./qualityCost";
import classes from "./QualityCostChart.module.css";

const HEIGHT = 340;
/** The right margin leaves room for the label of the dearest model. */
const MARGIN = { top: 16, right: 124, bottom: 46, left: 52 };
const LABEL = 30;

type Scale = (value: number) => number;

/** Quality over cost: each model a point with its interval, the Pareto front as a line. */
export default function QualityCostChart({ data }: { data: QualityCost }) {
  const { ref, width } = useElementSize();
  return (
    <div ref={ref} className={classes.chart}>
      {width > 0 && <Drawing data={data} width={width} />}
    </div>
  );
}

function costScale({ points, logarithmic }: QualityCost, width: number) {
  const costs = points.map(({ cost }) => cost);
  const most = Math.max(...costs);
  const range = [MARGIN.left, width - MARGIN.right];
  if (logarithmic) {
    const scale = scaleLog([Math.min(...costs) / 1.6, most * 1.25], range);
    return { x: scale as Scale, ticks: decades(scale.ticks(6), width) };
  }
  const scale = scaleLinear([0, most || 1], range).nice(5);
  return { x: scale as Scale, ticks: scale.ticks(width < 460 ? 4 : 6) };
}

/** Of a logarithmic axis' ticks, the ones that leave room for their words. */
function decades(ticks: number[], width: number): number[] {
  const lead = (tick: number) => Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9));
  const wanted = width < 460 ? [1] : [1, 2, 5];
  const kept = ticks.filter((tick) => wanted.includes(lead(tick)));
  return kept.length > 1 ? kept : ticks.slice(0, 5);
}

function Drawing({ data, width }: { data: QualityCost; width: number }) {
  const { x, ticks } = costScale(data, width);
  const axis = axisAround(data.points.flatMap(({ low, high }) => [low, high]));
  const y: Scale = scaleLinear([axis.low, axis.high], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const line = frontLine(data.points);
  return (
    <svg
      width={width}
      height={HEIGHT}
      role="img"
      aria-label={`Pass rate over cost per 1,000 items for ${data.points.length} models; the ranking table has the figures.`}
    >
      {axis.ticks.map((tick) => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <line x1={MARGIN.left} x2={width} className={classes.grid} />
          <text x={MARGIN.left - 10} dy="0.32em" textAnchor="end" className={classes.tick}>
            {Math.round(tick * 100)} %
          </text>
        </g>
      ))}
      {ticks.map((tick) => (
        <g key={tick} transform={`translate(${x(tick)} ${HEIGHT - MARGIN.bottom})`}>
          <line y2={5} className={classes.mark} />
          <text y={18} textAnchor="middle" className={classes.tick}>
            {money(tick)}
          </text>
        </g>
      ))}
      <line
        x1={MARGIN.left}
        x2={width}
        y1={HEIGHT - MARGIN.bottom}
        y2={HEIGHT - MARGIN.bottom}
        className={classes.mark}
      />
      <text x={width} y={HEIGHT - 6} textAnchor="end" className={classes.tick}>
        cost per 1,000 items{data.logarithmic ? ", logarithmic" : ""}
      </text>
      <polyline
        points={line.map(([cost, rate]) => `${x(cost)},${y(rate)}`).join(" ")}
        className={classes.front}
      />
      <Points points={data.points} x={x} y={y} />
    </svg>
  );
}

interface PointsProps {
  points: readonly CostPoint[];
  x: Scale;
  y: Scale;
}

function Points({ points, x, y }: PointsProps) {
  const front = new Set(frontPoints(points).map((point) => point.model));
  const tops = spreadLabels(
    points.map((point) => y(point.rate) - 12),
    LABEL,
  );
  return points.map((point, index) => {
    const left = x(point.cost);
    const top = tops[index] ?? 0;
    return (
      <g
        key={point.model}
        className={classes.point}
        data-leader={point.leader}
        data-front={front.has(point.model)}
      >
        <title>{`${point.name}: ${percent(point.rate)} at ${money(point.cost)} per 1,000`}</title>
        <line
          x1={left}
          x2={left}
          y1={y(point.low)}
          y2={y(point.high)}
          className={classes.whisker}
        />
        <line
          x1={left - 4}
          x2={left + 4}
          y1={y(point.low)}
          y2={y(point.low)}
          className={classes.whisker}
        />
        <line
          x1={left - 4}
          x2={left + 4}
          y1={y(point.high)}
          y2={y(point.high)}
          className={classes.whisker}
        />
        <circle cx={left} cy={y(point.rate)} r={5.5} className={classes.dot} />
        <text x={left + 12} y={top + 9}>
          <tspan className={classes.name}>{short(point.name, 17)}</tspan>
          <tspan x={left + 12} dy={14} className={classes.tick}>
            {percent(point.rate)} · {money(point.cost)}
          </tspan>
        </text>
      </g>
    );
  });
}
