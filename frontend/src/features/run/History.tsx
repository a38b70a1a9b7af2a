import { Select } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { scaleLinear } from "d3-scale";
import { fetchRuns, runKeys } from "@/api/queries/runs";
import type { RunObject } from "@/api/types";
import { Panel } from "@/components/ui/Panel";
import { dateTime, figure, metric, metricLabel } from "@/lib/format";
import { historyOf, PASS_RATE, sharedFigures, type HistoryPoint } from "./history";
import classes from "./History.module.css";

const route = getRouteApi("/runs/$id");
const MOST = 30;
const HEIGHT = 120;
const MARGIN = { top: 8, right: 12, bottom: 8, left: 52 };

/** How a figure went over the latest runs of the same dataset, this one among them. */
export function History({ run }: { run: RunObject }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = {
    dataset_id: run.dataset_id ?? undefined,
    kind: run.kind === "bench" ? "bench" : "experiment",
    sort: "-created_at",
    limit: MOST,
    page: 1,
  } as const;
  const runs = useQuery({
    queryKey: runKeys.list(filter),
    queryFn: ({ signal }) => fetchRuns(filter, signal),
    enabled: Boolean(run.dataset_id),
  });
  const known = runs.data?.items ?? [];
  const fields = sharedFigures(known);
  const [first] = fields;
  if (first === undefined) return null;
  const chosen = fields.find((field) => field === search.history) ?? first;
  const points = historyOf(known, chosen);
  return (
    <Panel
      title="History"
      note={`The latest ${points.length} runs over this dataset, the newest at the right.`}
      actions={
        <Select
          aria-label="Figure of the history"
          size="xs"
          w={150}
          allowDeselect={false}
          data={fields.map((field) => ({ value: field, label: labelOf(field) }))}
          value={chosen}
          onChange={(value) =>
            void navigate({
              search: { ...search, history: value === first ? undefined : (value ?? undefined) },
              replace: true,
              resetScroll: false,
            })
          }
        />
      }
    >
      <Chart points={points} current={run.run_id} field={chosen} />
    </Panel>
  );
}

function labelOf(field: string): string {
  return field === PASS_RATE ? "pass rate" : metricLabel(field);
}

interface ChartProps {
  points: readonly HistoryPoint[];
  current: string;
  field: string;
}

function Chart({ points, current, field }: ChartProps) {
  const { ref, width } = useElementSize();
  const ends = points.flatMap(({ value, interval }) => [value, ...(interval ?? [])]);
  const y = scaleLinear(
    [Math.min(...ends), Math.max(...ends)],
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  );
  const x = scaleLinear([-0.5, points.length - 0.5], [MARGIN.left, width - MARGIN.right]);
  const line = points.map(({ value }, place) => `${x(place)},${y(value)}`).join(" ");
  return (
    <div ref={ref} className={classes.chart}>
      {width > 0 && (
        <svg
          width={width}
          height={HEIGHT}
          role="group"
          aria-label={`${labelOf(field)} of ${points.length} runs, the oldest first`}
        >
          {y.ticks(3).map((tick) => (
            <g key={tick} transform={`translate(0 ${y(tick)})`}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} className={classes.grid} />
              <text x={MARGIN.left - 8} dy="0.32em" textAnchor="end" className={classes.tick}>
                {metric(tick)}
              </text>
            </g>
          ))}
          <polyline points={line} className={classes.line} />
          {points.map((point, place) => (
            <Point
              key={point.id}
              point={point}
              here={point.id === current}
              left={x(place)}
              y={y}
              field={field}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

interface PointProps {
  point: HistoryPoint;
  /** Whether it is the run that the page shows. */
  here: boolean;
  left: number;
  y: (value: number) => number;
  field: string;
}

function Point({ point, here, left, y, field }: PointProps) {
  const { id, name, at, value, interval } = point;
  const words = `${name}, ${dateTime(at)}: ${labelOf(field)} ${figure(value)}${here ? ", this run" : ""}`;
  return (
    <Link
      to="/runs/$id"
      params={{ id }}
      search={{ history: field }}
      aria-label={words}
      aria-current={here ? "true" : undefined}
      className={classes.point}
    >
      <title>{words}</title>
      {interval && (
        <line
          x1={left}
          x2={left}
          y1={y(interval[0])}
          y2={y(interval[1])}
          className={classes.range}
        />
      )}
      <circle cx={left} cy={y(value)} r={10} className={classes.target} />
      <circle cx={left} cy={y(value)} r={here ? 5 : 3.25} className={classes.dot} />
    </Link>
  );
}
