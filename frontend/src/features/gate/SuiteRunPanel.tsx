import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { cancelSuite, gateKeys } from "@/api/queries/gate";
import type { EvalProgress, SuiteRun } from "@/api/types";
import { useSuiteEvents } from "@/api/useSuiteEvents";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Meter } from "@/components/ui/Meter";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { StatusPill } from "@/components/ui/StatusPill";
import { count, duration, percent, secondsBetween } from "@/lib/format";
import { isGoingOn, nameOf, tally } from "./suites";
import classes from "./Suites.module.css";

/** One suite run: how far it is, eval type by eval type, or what it came to. */
export function SuiteRunPanel({ run }: { run: SuiteRun }) {
  const active = isGoingOn(run);
  useSuiteEvents(run.id, active);
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelSuite(run.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: gateKeys.suites }),
  });
  return (
    <Panel
      title={nameOf(run)}
      note={`by ${run.by}`}
      flush
      actions={
        active && (
          <Button
            size="xs"
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Cancel
          </Button>
        )
      }
    >
      <div className={classes.state}>
        <StatusPill status={run.status} />
        <span className={classes.number} role="status" aria-live="polite">
          [{run.finished}/{run.total}]
        </span>
        {active && (
          <span className={classes.meter}>
            <Meter value={run.finished} max={run.total} label={nameOf(run)} />
          </span>
        )}
        <span>{tally(run)}</span>
        {run.finished_at && (
          <span className="muted">
            {duration(secondsBetween(run.started_at ?? run.requested_at, run.finished_at))}
          </span>
        )}
      </div>
      {cancel.isError && <ProblemNote error={cancel.error} compact />}
      {run.error && (
        <p className={classes.error} role="alert">
          {run.error}
        </p>
      )}
      <DataTable
        caption={`Eval types of ${nameOf(run)}`}
        columns={COLUMNS}
        rows={run.evals}
        rowKey={(one) => one.eval_type}
        minWidth={560}
      />
    </Panel>
  );
}

const COLUMNS: Column<EvalProgress>[] = [
  {
    key: "type",
    header: "Eval type",
    cell: ({ eval_type: name, run_id: id }) =>
      id === null ? (
        name
      ) : (
        <Link to="/gate/runs/$id" params={{ id }}>
          {name}
        </Link>
      ),
  },
  { key: "outcome", header: "Outcome", cell: (one) => <OutcomeMark one={one} /> },
  {
    key: "rate",
    header: "Pass rate",
    align: "end",
    cell: ({ result }) => percent(result?.pass_rate),
  },
  {
    key: "threshold",
    header: "Threshold",
    align: "end",
    cell: ({ result }) => percent(result?.threshold),
  },
  {
    key: "cases",
    header: "Cases",
    align: "end",
    cell: ({ cases_done: done, cases_total: total }) =>
      total === null ? count(done) : `${count(done)} of ${count(total)}`,
  },
  {
    key: "why",
    header: "Why",
    cell: ({ result }) => result?.message ?? "",
  },
];

function OutcomeMark({ one }: { one: EvalProgress }) {
  if (one.result === null) {
    return <StatusPill status={one.status === "running" ? "running" : "pending"} />;
  }
  const { outcome } = one.result;
  const shape = { PASS: "✓", FAIL: "✕", ERROR: "!" }[outcome];
  return (
    <span className={classes.outcome} data-outcome={outcome}>
      <span aria-hidden="true">{shape}</span> {outcome}
    </span>
  );
}
