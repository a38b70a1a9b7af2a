import type { MetricOverview, RunOverview } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { IntervalBar } from "@/components/ui/IntervalBar";
import { FULL_AXIS } from "@/lib/axis";
import { count, figure, metric, plural } from "@/lib/format";
import classes from "./RunPage.module.css";

interface Props {
  overview: RunOverview;
  aggregate: string;
}

/** The run's metrics, each with its interval and what it stands on. */
export function Aggregates({ overview, aggregate }: Props) {
  const rows = overview.metrics;
  if (rows.length === 0) {
    return (
      <p className="muted" style={{ padding: "4px 18px 18px" }}>
        No evaluator has scored anything in this run.
      </p>
    );
  }
  return (
    <DataTable
      caption={`Metrics, ${aggregate}`}
      columns={columns(aggregate)}
      rows={rows}
      rowKey={(row) => row.key}
      minWidth={560}
    />
  );
}

function columns(aggregate: string): Column<MetricOverview>[] {
  return [
    {
      key: "name",
      header: "Metric",
      cell: (row) => (
        <span className={classes.metric}>
          <strong title={row.metric_name}>{row.metric_name.replaceAll("_", " ")}</strong>
          {row.event_name && (
            <span className={classes.event}>
              {row.event_name}
              {row.event_type === "chain" ? "" : `, ${row.event_type}`}
            </span>
          )}
        </span>
      ),
    },
    { key: "interval", header: "95 % interval", width: "42%", cell: (row) => <Range row={row} /> },
    { key: "value", header: aggregate, align: "end", cell: (row) => figure(row.aggregate) },
    { key: "n", header: "n", align: "end", cell: (row) => count(row.count) },
    {
      key: "errors",
      header: "Errors",
      align: "end",
      cell: (row) => (row.errors > 0 ? count(row.errors) : "–"),
    },
  ];
}

function Range({ row }: { row: MetricOverview }) {
  const { aggregate, interval, labels } = row;
  const names = Object.entries(labels);
  if (aggregate === null && names.length > 0) return <Labels names={names} />;
  if (aggregate === null || !interval) return <span className="muted">–</span>;
  const [low, high] = interval;
  if (low === undefined || high === undefined) return <span className="muted">–</span>;
  if (low < 0 || high > 1) {
    return (
      <span>
        [{metric(low)}, {metric(high)}]
        {row.lowest !== null && row.highest !== null && (
          <span className="muted">
            {" "}
            of {metric(row.lowest)} to {metric(row.highest)}
          </span>
        )}
      </span>
    );
  }
  return <IntervalBar value={aggregate} interval={[low, high]} axis={FULL_AXIS} />;
}

const MOST_LABELS = 4;

function Labels({ names }: { names: [string, number][] }) {
  const shown = names.slice(0, MOST_LABELS);
  return (
    <span className={classes.labels}>
      {shown.map(([name, n]) => (
        <span key={name}>
          {name} <span className="muted">{count(n)}</span>
        </span>
      ))}
      {names.length > MOST_LABELS && (
        <span className="muted">and {plural(names.length - MOST_LABELS, "label")} more</span>
      )}
    </span>
  );
}
