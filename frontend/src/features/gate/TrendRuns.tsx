import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { TrendPoint, TrendSummary } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { dateTime, figure, intervalText, percent, plural } from "@/lib/format";
import { changeText, eventText } from "./timeline";
import classes from "./TrendsPage.module.css";

/** The runs of one chart as a table, newest first, for those who read rather than look. */
export function TrendRuns({ summary }: { summary: TrendSummary }) {
  const [open, setOpen] = useState(false);
  return (
    <details className={classes.runs} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{plural(summary.points.length, "run")} as a table</summary>
      {open && (
        <DataTable
          caption={`Runs of ${summary.eval_type}`}
          columns={columns(summary)}
          rows={[...summary.points].reverse()}
          rowKey={(point) => point.run_id}
          minWidth={520}
        />
      )}
    </details>
  );
}

function columns(summary: TrendSummary): Column<TrendPoint>[] {
  return [
    {
      key: "run",
      header: "Run",
      cell: (point) => (
        <Link to="/gate/runs/$id" params={{ id: point.run_id }}>
          {dateTime(point.timestamp)}
        </Link>
      ),
    },
    {
      key: "rate",
      header: "Pass rate",
      align: "end",
      cell: ({ pass_rate: rate, interval }) => (
        <>
          {percent(rate)}{" "}
          <span className="muted">
            {interval ? intervalText([interval.low, interval.high]) : ""}
          </span>
        </>
      ),
    },
    {
      key: "score",
      header: "Score",
      align: "end",
      cell: (point) => figure(point.average_score),
    },
    { key: "status", header: "Status", cell: (point) => point.eval_status },
    {
      key: "happened",
      header: "What happened",
      cell: (point) => <Happened summary={summary} runId={point.run_id} />,
    },
  ];
}

function Happened({ summary, runId }: { summary: TrendSummary; runId: string }) {
  const last = summary.points.at(-1)?.run_id;
  const events = summary.events.filter(
    (event) => event.run_id === runId || (event.run_id === null && runId === last),
  );
  const changes = summary.prompt_changes.filter((change) => change.run_id === runId);
  if (events.length + changes.length === 0) return <span className="muted">–</span>;
  return (
    <span className={classes.happened}>
      {changes.map((change) => (
        <span key={change.prompt_name}>{changeText(change)}</span>
      ))}
      {events.map((event) => (
        <span key={event.timestamp}>{eventText(event)}</span>
      ))}
    </span>
  );
}
