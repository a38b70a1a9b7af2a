import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { gateQueries } from "@/api/queries/gate";
import type { EvalRun } from "@/api/types";
import { Fact } from "@/components/ui/PageHeader";
import { Panel } from "@/components/ui/Panel";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { ValueView } from "@/components/ui/ValueView";
import { count, dateTime, duration, intervalText, percent, secondsBetween } from "@/lib/format";
import { withoutEmpty } from "@/lib/values";
import { EvalCases } from "./EvalCases";
import { GateAnswer, GatePlace, GateProblem } from "./GatePlace";
import { PinDialog } from "./PinDialog";
import classes from "./EvalRunPage.module.css";

const route = getRouteApi("/gate/runs/$id");

/** One eval run of the ledger: what it came to, case by case. */
export function EvalRunPage() {
  const { id } = route.useParams();
  const run = useQuery(gateQueries.run(id));
  const [pinning, setPinning] = useState(false);
  return (
    <GatePlace
      title={run.data ? `${run.data.eval_type}, ${dateTime(run.data.started_at)}` : "Eval run"}
      eyebrow={<Link to="/gate">Trends</Link>}
      facts={run.data && <Head run={run.data} />}
      actions={
        run.data && (
          <>
            <Button
              variant="default"
              renderRoot={(props: object) => (
                <Link to="/gate/regressions" search={{ run: id }} {...props} />
              )}
            >
              Compare with its baseline
            </Button>
            <Button
              variant="default"
              disabled={run.data.point?.eval_status !== "complete"}
              onClick={() => setPinning(true)}
            >
              Pin as baseline
            </Button>
            <PinDialog run={run.data} opened={pinning} onClose={() => setPinning(false)} />
          </>
        )
      }
    >
      <GateAnswer query={run}>{(data) => <Body run={data} />}</GateAnswer>
    </GatePlace>
  );
}

function Head({ run }: { run: EvalRun }) {
  const { point } = run;
  return (
    <>
      <Fact label="Pass rate">
        {percent(point?.pass_rate)}{" "}
        {point?.interval && (
          <span className="muted">{intervalText([point.interval.low, point.interval.high])}</span>
        )}
      </Fact>
      <Fact label="Threshold">{percent(run.threshold)}</Fact>
      <Fact label="Status">{point?.eval_status ?? run.status.toLowerCase()}</Fact>
      <Fact label="Cases">{count(point?.total_cases)}</Fact>
      <Fact label="Errors">{count(point?.error_cases)}</Fact>
      <Fact label="Took">{duration(secondsBetween(run.started_at, run.ended_at))}</Fact>
      {Object.entries(point?.prompt_versions ?? {}).map(([name, version]) => (
        <Fact key={name} label="Prompt">
          <Link to="/gate/prompts/$name" params={{ name }}>
            {name} {typeof version === "number" ? `v${version}` : version}
          </Link>
        </Fact>
      ))}
    </>
  );
}

function Body({ run }: { run: EvalRun }) {
  const cases = useQuery(gateQueries.cases(run.run_id));
  return (
    <>
      <Panel title="Cases" flush>
        {cases.isError && <GateProblem error={cases.error} onRetry={() => void cases.refetch()} />}
        {cases.isPending && <TableSkeleton rows={8} />}
        {cases.data && <EvalCases cases={cases.data.cases} />}
      </Panel>
      <div className={classes.columns}>
        <Panel title="Metrics and parameters">
          <ValueView value={withoutEmpty({ ...run.metrics, ...run.params })} named />
        </Panel>
        <Panel title="In the ledger">
          <dl className={classes.ledger}>
            <dt>Run</dt>
            <dd>
              <span className="mono">{run.run_id}</span>
            </dd>
            <dt>Experiment</dt>
            <dd>{run.experiment_name}</dd>
            {run.page && (
              <>
                <dt>MLflow</dt>
                <dd>
                  <a href={run.page}>Open it there</a>
                </dd>
              </>
            )}
          </dl>
          <details className={classes.tags}>
            <summary>Tags</summary>
            <ValueView value={run.tags} named />
          </details>
        </Panel>
      </div>
    </>
  );
}
