import { Select } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { runKeys, runQueries } from "@/api/queries/runs";
import type { RunObject, RunOverview } from "@/api/types";
import { CopyId } from "@/components/ui/CopyId";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { StatusPill } from "@/components/ui/StatusPill";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { ValueView } from "@/components/ui/ValueView";
import { Waiting } from "@/components/ui/Waiting";
import { useDatasetName } from "@/features/datasets/DatasetName";
import { count, dateTime, duration, percent, secondsBetween } from "@/lib/format";
import { entriesOf, withoutEmpty } from "@/lib/values";
import { AGGREGATES } from "@/routes/search";
import { Aggregates } from "./Aggregates";
import { History } from "./History";
import { ComparePrevious } from "./Previous";
import { RunItems } from "./RunItems";
import classes from "./RunPage.module.css";

const route = getRouteApi("/runs/$id");
const LIVE_MS = 3_000;

/** One run: what it came to, and every datapoint of it. */
export function RunPage() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const aggregate = search.aggregate ?? "average";
  const run = useQuery({
    ...runQueries.detail(id),
    refetchInterval: (query) => (query.state.data?.is_active ? LIVE_MS : false),
  });
  const active = run.data?.is_active ?? false;
  const overview = useQuery({
    ...runQueries.overview(id, aggregate),
    refetchInterval: active ? LIVE_MS : false,
  });
  useLastLook(id, active);
  if (!run.data) return <Waiting query={run} rows={10} />;
  return (
    <>
      <Head run={run.data} overview={overview.data} />
      {run.data.stop_reason && (
        <p className={classes.stopped} role="status">
          It ended early: {run.data.stop_reason}
        </p>
      )}
      <div className={classes.columns}>
        <div className={classes.stack}>
          <Panel
            title="Metrics"
            note="Averages carry a 95 % interval."
            actions={
              <Select
                aria-label="Aggregate"
                data={AGGREGATES}
                value={aggregate}
                allowDeselect={false}
                size="xs"
                w={120}
                onChange={(value) =>
                  void navigate({
                    search: {
                      ...search,
                      aggregate: (value === "average" ? undefined : value) as typeof aggregate,
                    },
                    replace: true,
                  })
                }
              />
            }
            flush
          >
            {overview.isError && (
              <div className={classes.inset}>
                <ProblemNote error={overview.error} onRetry={() => void overview.refetch()} />
              </div>
            )}
            {overview.isPending && <TableSkeleton rows={3} />}
            {overview.data && <Aggregates overview={overview.data} aggregate={aggregate} />}
          </Panel>
          <History run={run.data} />
        </div>
        <Panel title="Configuration and metadata">
          <Settings run={run.data} />
        </Panel>
      </div>
      <RunItems run={run.data} live={active} overview={overview.data} />
    </>
  );
}

/** Asks for everything once more when the run has ended: what was shown may be from before. */
function useLastLook(id: string, active: boolean) {
  const queries = useQueryClient();
  const watched = useRef<string | null>(null);
  useEffect(() => {
    const ended = watched.current === id && !active;
    watched.current = active ? id : null;
    if (ended) void queries.invalidateQueries({ queryKey: runKeys.detail(id) });
  }, [queries, id, active]);
}

function Head({ run, overview }: { run: RunObject; overview: RunOverview | undefined }) {
  return (
    <PageHeader
      title={run.name || run.run_id}
      eyebrow={
        <>
          <Link to="/runs">Runs</Link> / {run.kind === "bench" ? "Run of a model" : "Experiment"}
        </>
      }
      actions={<ComparePrevious run={run} />}
      facts={
        <>
          <StatusPill status={run.status} />
          {overview && <Standing overview={overview} />}
          {run.candidate && <Fact label="Candidate">{run.candidate}</Fact>}
          {run.dataset_id && (
            <Fact label="Dataset">
              <Dataset id={run.dataset_id} version={run.dataset_version_id} />
            </Fact>
          )}
          {run.evaluation_id && (
            <Fact label="Evaluation">
              <Link to="/evaluations/$id" params={{ id: run.evaluation_id }}>
                all models
              </Link>
            </Fact>
          )}
          <Fact label="Planned">
            {count(run.planned)}
            {run.repeats > 1 && ` (${run.repeats} repeats)`}
          </Fact>
          <Fact label="Traces">
            <Link to="/sessions" search={{ run: run.run_id }}>
              sessions
            </Link>
          </Fact>
          <Fact label="Run">
            <CopyId id={run.run_id} />
          </Fact>
          <Fact label="Started">{dateTime(run.created_at)}</Fact>
          <Fact label="Took">{duration(secondsBetween(run.created_at, run.finished_at))}</Fact>
        </>
      }
    />
  );
}

/** The dataset, its version where it is managed, and the way to its other runs. */
function Dataset({ id, version }: { id: string; version: string | null | undefined }) {
  const name = useDatasetName(id);
  return (
    <>
      {name === null ? (
        <CopyId id={id} length={20} />
      ) : (
        <Link to="/datasets/$id" params={{ id }} search={{ version: version ?? undefined }}>
          {name}
        </Link>
      )}{" "}
      <Link to="/runs" search={{ dataset: id }}>
        its runs
      </Link>
    </>
  );
}

/** How many of the items that something judged passed; what nothing judged is told apart. */
function Standing({ overview }: { overview: RunOverview }) {
  const { verdicts, missing } = overview;
  const passed = verdicts.passed ?? 0;
  const judged = passed + (verdicts.not_passed ?? 0);
  const rest = [
    [verdicts.no_verdict ?? 0, "without a verdict"],
    [verdicts.errored ?? 0, "errored"],
    [missing, "missing"],
  ] as const;
  const beside = rest.filter(([n]) => n > 0).map(([n, word]) => `${count(n)} ${word}`);
  return (
    <Fact label="Passed">
      {judged === 0 ? "no verdicts" : `${count(passed)} of ${count(judged)}`}
      {judged > 0 && ` (${percent(passed / judged)})`}
      {beside.length > 0 && <span className="muted"> · {beside.join(", ")}</span>}
    </Fact>
  );
}

function Settings({ run }: { run: RunObject }) {
  const parts = [
    ["Metadata", run.metadata],
    ["Configuration", run.configuration],
  ] as const;
  const known = parts.filter(([, value]) => (entriesOf(value) ?? []).length > 0);
  if (known.length === 0) return <p className="muted">None was given.</p>;
  return (
    <div className={classes.settings} tabIndex={0} role="region" aria-label="Settings of the run">
      {known.map(([label, value]) => (
        <section key={label} aria-label={label}>
          <h3 className={classes.label}>{label}</h3>
          <ValueView value={withoutEmpty(value)} named />
        </section>
      ))}
    </div>
  );
}
