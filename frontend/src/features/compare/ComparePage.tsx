import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { runQueries } from "@/api/queries/runs";
import type { RunComparison, RunObject } from "@/api/types";
import { CopyId } from "@/components/ui/CopyId";
import { EmptyState } from "@/components/ui/EmptyState";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Waiting } from "@/components/ui/Waiting";
import { count, dateTime } from "@/lib/format";
import { Deltas } from "./Deltas";
import { Differences } from "./Differences";
import { Flips } from "./Flips";
import { Groups } from "./Groups";
import classes from "./ComparePage.module.css";
import { comparisonSentences } from "./sentences";

const route = getRouteApi("/runs/compare");

/** What changed between two runs over the same datapoints. */
export function ComparePage() {
  const { new: newer, old: older } = route.useSearch();
  if (!newer || !older) return <NothingChosen />;
  return <Comparison newer={newer} older={older} />;
}

function NothingChosen() {
  return (
    <EmptyState title="Choose two runs to compare" main>
      <title>Compare · Assay</title>
      <p>
        Tick two experiment runs in the{" "}
        <Link to="/runs" search={{ kind: "experiment" }}>
          list of runs
        </Link>
        .
      </p>
    </EmptyState>
  );
}

function Comparison({ newer, older }: { newer: string; older: string }) {
  const comparison = useQuery(runQueries.comparison(newer, older));
  if (!comparison.data) return <Waiting query={comparison} rows={10} />;
  const { data } = comparison;
  return (
    <>
      <PageHeader
        title={`${data.new_run.name} against ${data.old_run.name}`}
        eyebrow={
          <>
            <Link to="/runs">Runs</Link> / Comparison
          </>
        }
        facts={
          <>
            <RunFact label="New" run={data.new_run} />
            <RunFact label="Old" run={data.old_run} />
            <Fact label="Common datapoints">{count(data.commonDatapoints.length)}</Fact>
          </>
        }
        actions={
          <Button
            variant="default"
            renderRoot={(props) => (
              <Link to="/runs/compare" search={{ new: older, old: newer }} {...props} />
            )}
          >
            Swap
          </Button>
        }
      />
      {data.commonDatapoints.length === 0 ? <NothingCommon /> : <Body data={data} />}
    </>
  );
}

function Body({ data }: { data: RunComparison }) {
  return (
    <>
      <section className={classes.summary} aria-label="Summary">
        {comparisonSentences(data).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </section>
      <Deltas metrics={data.metrics} />
      <Differences comparison={data} />
      <Groups comparison={data} />
      <Flips comparison={data} />
    </>
  );
}

function NothingCommon() {
  return (
    <EmptyState title="The two runs have no datapoint in common">
      <p>Runs pair up by datapoint. Run both over the same dataset to compare them.</p>
    </EmptyState>
  );
}

function RunFact({ label, run }: { label: string; run: RunObject }) {
  return (
    <Fact label={label}>
      <Link to="/runs/$id" params={{ id: run.run_id }}>
        {run.name}
      </Link>
      , {dateTime(run.created_at)} <CopyId id={run.run_id} />
    </Fact>
  );
}
