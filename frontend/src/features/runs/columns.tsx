import { Checkbox, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Column } from "@/components/ui/DataTable";
import { IntervalAxis, IntervalBar } from "@/components/ui/IntervalBar";
import { Meter } from "@/components/ui/Meter";
import { StatusPill } from "@/components/ui/StatusPill";
import { DatasetName } from "@/features/datasets/DatasetName";
import { FULL_AXIS } from "@/lib/axis";
import {
  ago,
  count,
  dateTime,
  duration,
  figure,
  metricLabel,
  modelName,
  money,
  percent,
  plural,
  short,
} from "@/lib/format";
import { wilson } from "@/lib/wilson";
import type { Entry } from "./entries";
import classes from "./RunsPage.module.css";

interface Selection {
  chosen: string[];
  toggle: (entry: Entry) => void;
}

/** The columns of the runs table. */
export function entryColumns(
  { chosen, toggle }: Selection,
  metrics: readonly string[],
): Column<Entry>[] {
  return [
    {
      key: "choose",
      header: <span className="visually-hidden">Compare</span>,
      width: "28px",
      cell: (entry) =>
        entry.kind === "experiment" && (
          <Checkbox
            size="xs"
            aria-label={`Choose ${entry.name} for a comparison`}
            checked={chosen.includes(entry.id)}
            onChange={() => toggle(entry)}
          />
        ),
    },
    { key: "name", header: "Name", sortKey: "name", cell: (entry) => <Name entry={entry} /> },
    { key: "candidates", header: "Candidates", cell: (entry) => <Candidates entry={entry} /> },
    { key: "dataset", header: "Dataset", cell: (entry) => <Dataset entry={entry} /> },
    {
      key: "status",
      header: "Status",
      width: "150px",
      cell: (entry) => <Standing entry={entry} />,
    },
    {
      key: "rate",
      header: (
        <span className={classes.rateHead}>
          <span>Pass rate, 95 %</span>
          <IntervalAxis axis={FULL_AXIS} />
        </span>
      ),
      sortKey: "pass_rate",
      width: "200px",
      cell: (entry) => <PassRate entry={entry} />,
    },
    ...metrics.map((name) => ({
      key: `metric-${name}`,
      header: <span title={name}>{short(metricLabel(name), 18)}</span>,
      sortKey: `metrics.${name}`,
      align: "end" as const,
      cell: (entry: Entry) => figure(entry.metrics[name]),
    })),
    { key: "cost", header: "Cost", align: "end", cell: (entry) => money(entry.costUsd) },
    {
      key: "took",
      header: "Duration",
      align: "end",
      cell: (entry) => duration(entry.durationSeconds),
    },
    {
      key: "created",
      header: "Created",
      sortKey: "created_at",
      align: "end",
      cell: (entry) => (
        <time dateTime={entry.createdAt} title={dateTime(entry.createdAt)} className={classes.time}>
          {ago(entry.createdAt, new Date())}
        </time>
      ),
    },
  ];
}

function Name({ entry }: { entry: Entry }) {
  const params = { id: entry.id };
  return (
    <span className={classes.name}>
      {entry.kind === "evaluation" ? (
        <Link to="/evaluations/$id" params={params}>
          {entry.name}
        </Link>
      ) : (
        <Link to="/runs/$id" params={params}>
          {entry.name}
        </Link>
      )}
      <span className={classes.kind}>
        {entry.kind === "evaluation" ? `Evaluation · ${entry.task ?? ""}` : "Experiment"}
      </span>
    </span>
  );
}

function Candidates({ entry }: { entry: Entry }) {
  const names = entry.candidates.map(modelName);
  if (names.length === 0) return <span className="muted">–</span>;
  const lead = entry.leader ? modelName(entry.leader) : null;
  const shown = lead ?? names[0];
  const others = names.filter((name) => name !== shown);
  return (
    <span className={classes.candidates}>
      <span className={lead ? classes.lead : undefined}>{shown}</span>
      {others.length > 0 && (
        <Tooltip label={others.join(", ")} maw={360}>
          <span className="muted" tabIndex={0}>
            {lead ? "leads" : "and"} {others.length} {lead ? "other" : "more"}
            {lead && others.length > 1 ? "s" : ""}
          </span>
        </Tooltip>
      )}
    </span>
  );
}

function Dataset({ entry }: { entry: Entry }) {
  if (!entry.dataset) return <span className="muted">–</span>;
  if (entry.kind === "evaluation") return <span>{entry.dataset}</span>;
  return (
    <Link to="/runs" search={{ dataset: entry.dataset }} className={classes.dataset}>
      <DatasetName id={entry.dataset} />
      <span className="visually-hidden">: only its runs</span>
    </Link>
  );
}

function Standing({ entry }: { entry: Entry }) {
  const live = entry.status === "running" || entry.status === "pending";
  const planned = entry.planned ?? 0;
  return (
    <span className={classes.standing}>
      <StatusPill status={entry.status} />
      {live && planned > 0 ? (
        <>
          <Meter value={entry.ended} max={planned} label={`Progress of ${entry.name}`} />
          <span className={classes.small}>
            {count(entry.ended)} of {count(planned)}
          </span>
        </>
      ) : (
        <span className={classes.small}>
          {entry.ended < planned
            ? `${count(entry.ended)} of ${count(planned)}`
            : plural(entry.ended, "item")}
        </span>
      )}
    </span>
  );
}

function PassRate({ entry }: { entry: Entry }) {
  if (entry.passRate === null) return <span className="muted">–</span>;
  const passed = Math.round(entry.passRate * entry.passCount);
  return (
    <span className={classes.rate}>
      <span className={classes.rateBar}>
        <IntervalBar
          value={entry.passRate}
          interval={wilson(passed, entry.passCount)}
          axis={FULL_AXIS}
        />
      </span>
      <span>{percent(entry.passRate)}</span>
    </span>
  );
}
