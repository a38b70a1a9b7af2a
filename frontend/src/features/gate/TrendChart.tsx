import { useElementSize } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { scaleLinear } from "d3-scale";
import { dateTime } from "@/lib/format";
import type { TrendSummary } from "@/api/types";
import {
  bands,
  linePoints,
  thresholdSteps,
  timelineOf,
  type PlotMark,
  type PlotPoint,
  type Timeline,
} from "./timeline";
import classes from "./TrendChart.module.css";

const HEIGHT = 190;
const MARGIN = { top: 30, right: 14, bottom: 24, left: 44 };
/** Where the marks of prompts stand, above the plot. */
const RAIL = 12;

type Scale = (value: number) => number;

interface Props {
  summary: TrendSummary;
  threshold: number | null;
}

/** Pass rates of one eval type, run by run, with what happened to its prompts. */
export function TrendChart({ summary, threshold }: Props) {
  const { ref, width } = useElementSize();
  return (
    <div ref={ref} className={classes.chart}>
      {width > 0 && (
        <Drawing timeline={timelineOf(summary, threshold)} summary={summary} width={width} />
      )}
    </div>
  );
}

interface DrawingProps {
  timeline: Timeline;
  summary: TrendSummary;
  width: number;
}

function Drawing({ timeline, summary, width }: DrawingProps) {
  const { points, marks, axis } = timeline;
  const right = width - MARGIN.right;
  const x: Scale = scaleLinear([-0.5, lastPlace(timeline)], [MARGIN.left, right]);
  const y: Scale = scaleLinear([axis.low, axis.high], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const path = (corners: readonly (readonly [number, number])[]) =>
    corners.map(([place, value]) => `${x(place)},${y(value)}`).join(" ");
  const label = `Pass rate of ${summary.eval_type} over ${points.length} runs; the table below has the figures.`;
  return (
    <svg width={width} height={HEIGHT} role="group" aria-label={label}>
      {axis.ticks.map((tick) => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <line x1={MARGIN.left} x2={right} className={classes.grid} />
          <text x={MARGIN.left - 8} dy="0.32em" textAnchor="end" className={classes.tick}>
            {Math.round(tick * 100)} %
          </text>
        </g>
      ))}
      {bands(points).map((band, index) => (
        <polygon key={index} points={path(band)} className={classes.band} />
      ))}
      {thresholdSteps(points).map((step, index) => (
        <polyline key={index} points={path(step)} className={classes.threshold} />
      ))}
      {marks.map((mark) => (
        <Mark key={mark.key} mark={mark} left={x(mark.place)} />
      ))}
      <polyline
        points={path(linePoints(points).map(({ place, rate }) => [place, rate]))}
        className={classes.line}
      />
      {points.map((point) => (
        <Point key={point.runId} point={point} x={x} y={y} />
      ))}
      <Dates summary={summary} x={x} />
    </svg>
  );
}

/** Where the axis ends: half a run after the last, further if something happened since. */
function lastPlace({ points, marks }: Timeline): number {
  return Math.max(points.length - 0.5, ...marks.map(({ place }) => place + 0.3));
}

/** A run: a full dot if complete, a hollow one if partial, a cross where there is no rate. */
function Point({ point, x, y }: { point: PlotPoint; x: Scale; y: Scale }) {
  const left = x(point.place);
  const top = point.rate === null ? HEIGHT - MARGIN.bottom : y(point.rate);
  return (
    <Link
      to="/gate/runs/$id"
      params={{ id: point.runId }}
      tabIndex={-1}
      aria-label={point.label}
      className={classes.point}
      data-complete={point.complete}
      data-below={point.below}
    >
      <title>{point.label}</title>
      <circle cx={left} cy={top} r={9} className={classes.target} />
      {point.rate === null ? (
        <path d={`M${left - 3.5} ${top - 3.5}l7 7m0 -7l-7 7`} className={classes.cross} />
      ) : (
        <circle cx={left} cy={top} r={point.complete ? 3.25 : 3.75} className={classes.dot} />
      )}
    </Link>
  );
}

const SHAPES = {
  prompt: "M0 -5 5 0 0 5 -5 0Z",
  promote: "M0 -5 5 4 -5 4Z",
  rollback: "M0 5 5 -4 -5 -4Z",
};

function Mark({ mark, left }: { mark: PlotMark; left: number }) {
  return (
    <g className={classes.mark} data-kind={mark.kind} data-forced={mark.forced}>
      <title>{mark.label}</title>
      <line x1={left} x2={left} y1={RAIL} y2={HEIGHT - MARGIN.bottom} />
      <path d={SHAPES[mark.kind]} transform={`translate(${left} ${RAIL})`} />
    </g>
  );
}

function Dates({ summary, x }: { summary: TrendSummary; x: Scale }) {
  const { points } = summary;
  const [first, last] = [points[0], points.at(-1)];
  return (
    <>
      {first && points.length > 1 && (
        <text x={x(-0.5)} y={HEIGHT - 6} className={classes.tick}>
          {dateTime(first.timestamp).slice(0, 10)}
        </text>
      )}
      {last && (
        <text x={x(points.length - 1)} y={HEIGHT - 6} textAnchor="end" className={classes.tick}>
          {dateTime(last.timestamp).slice(0, 10)}
        </text>
      )}
    </>
  );
}

/** What the marks and lines of the charts mean. */
export function ChartLegend() {
  return (
    <ul className={classes.legend} aria-label="What the charts show">
      <li>
        <Key>
          <path d="M1 7h22" className={classes.line} />
          <circle cx={12} cy={7} r={3.25} className={classes.dot} />
        </Key>
        complete run, with its interval
      </li>
      <li>
        <Key>
          <circle cx={8} cy={7} r={3.75} className={classes.hollow} />
          <path d="M15 3.5l7 7m0 -7l-7 7" className={classes.cross} />
        </Key>
        partial, or without a rate
      </li>
      <li>
        <Key>
          <path d="M1 7h22" className={classes.threshold} />
        </Key>
        threshold
      </li>
      {(["prompt", "promote", "rollback"] as const).map((kind) => (
        <li key={kind}>
          <Key>
            <g className={classes.mark} data-kind={kind}>
              <path d={SHAPES[kind]} transform="translate(12 7)" />
            </g>
          </Key>
          {{ prompt: "prompt changed", promote: "promoted", rollback: "rolled back" }[kind]}
        </li>
      ))}
    </ul>
  );
}

function Key({ children }: { children: React.ReactNode }) {
  return (
    <svg width={24} height={14} aria-hidden="true">
      {children}
    </svg>
  );
}
