import type { RunResult } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { IntervalBar } from "@/components/ui/IntervalBar";
import { FULL_AXIS } from "@/lib/axis";
import { count, figure, metric } from "@/lib/format";
import { metricsOf, type RunMetric } from "./metrics";

interface Props {
  result: RunResult;
  aggregate: string;
}

/** The run's metrics, each with its interval and what it stands on. */
export function Aggregates({ result, aggregate }: Props) {
  const rows = metricsOf(result);
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
      rowKey={(row) => `${row.name}|${row.event ?? ""}`}
    />
  );
}

function columns(aggregate: string): Column<RunMetric>[] {
  return [
    {
      key: "name",
      header: "Metric",
      cell: (row) => (
        <strong title={row.event ?? undefined}>{row.name.replaceAll("_", " ")}</strong>
      ),
    },
    { key: "interval", header: "95 % interval", width: "42%", cell: (row) => <Range row={row} /> },
    { key: "value", header: aggregate, align: "end", cell: (row) => figure(row.aggregate) },
    { key: "n", header: "n", align: "end", cell: (row) => count(row.n) },
    {
      key: "errors",
      header: "Errors",
      align: "end",
      cell: (row) => (row.errors > 0 ? count(row.errors) : "–"),
    },
  ];
}

function Range({ row }: { row: RunMetric }) {
  const { aggregate, interval } = row;
  if (aggregate === null || !interval) return <span className="muted">–</span>;
  const [low, high] = interval;
  if (low < 0 || high > 1) {
    return (
      <span>
        [{metric(low)}, {metric(high)}]
      </span>
    );
  }
  return <IntervalBar value={aggregate} interval={interval} axis={FULL_AXIS} />;
}
