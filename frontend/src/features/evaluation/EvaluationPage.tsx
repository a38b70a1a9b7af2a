import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { EvaluationReport, EvaluationView } from "@/api/types";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Digest } from "@/components/ui/Digest";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { StatusPill } from "@/components/ui/StatusPill";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { TabLinks } from "@/components/ui/TabLinks";
import { Waiting } from "@/components/ui/Waiting";
import { count, dateTime, duration, money, plural } from "@/lib/format";
import { ExportMenu } from "./ExportMenu";
import { LivePanel } from "./LivePanel";
import { Overview } from "./Overview";
import { RunControls } from "./RunControls";
import { totalCost } from "./totals";
import { useEvaluation } from "./useEvaluation";

const route = getRouteApi("/evaluations/$id");
const ItemsTab = lazy(() => import("./ItemsTab"));

/** The results of one evaluation, while it runs and afterwards. */
export function EvaluationPage() {
  const { id } = route.useParams();
  const { tab } = route.useSearch();
  const { detail, report, progress, connection, live } = useEvaluation(id);

  if (!detail.data) return <Waiting query={detail} rows={10} />;
  const evaluation = detail.data;
  return (
    <>
      <Head evaluation={evaluation} report={report.data} />
      {live && progress.data && <LivePanel progress={progress.data} connection={connection} />}
      <TabLinks
        label="Views of the evaluation"
        tabs={[
          { label: "Results", current: tab !== "items", search: {} },
          {
            label: "Items",
            count: count(evaluation.dataset.size * evaluation.repeats),
            current: tab === "items",
            search: { tab: "items" },
          },
        ]}
        to="/evaluations/$id"
        params={{ id }}
      />
      {report.isError && <ProblemNote error={report.error} onRetry={() => void report.refetch()} />}
      {report.isPending && <TableSkeleton rows={6} />}
      {report.data &&
        (tab === "items" ? (
          <Suspense fallback={<TableSkeleton rows={10} />}>
            <ItemsTab report={report.data} />
          </Suspense>
        ) : (
          <Overview report={report.data} />
        ))}
    </>
  );
}

interface HeadProps {
  evaluation: EvaluationView;
  report: EvaluationReport | undefined;
}

function Head({ evaluation, report }: HeadProps) {
  const cost = report ? totalCost(report) : null;
  return (
    <PageHeader
      title={evaluation.name}
      eyebrow={
        <>
          <Link to="/runs">Runs</Link> / Evaluation
        </>
      }
      facts={
        <>
          <StatusPill status={evaluation.status} />
          <Fact label="Task">
            <Link to="/tasks/$id" params={{ id: evaluation.task.id }}>
              {evaluation.task.name}
            </Link>
          </Fact>
          <Fact label="Dataset">
            <Link to="/datasets/$id" params={{ id: evaluation.dataset.id }}>
              {evaluation.dataset.name}
            </Link>
            , {plural(evaluation.dataset.size, "datapoint")}
            {evaluation.repeats > 1 && ` × ${evaluation.repeats}`}
          </Fact>
          {report && (
            <Fact label="Digest">
              <Digest of={report.dataset_digest} />
            </Fact>
          )}
          <Fact label="Started">{dateTime(evaluation.created_at)}</Fact>
          <Fact label="Took">{duration(report?.duration_seconds)}</Fact>
          <Fact label="Cost">
            {cost === null ? "unknown" : `${cost.partly ? "at least " : ""}${money(cost.usd)}`}
          </Fact>
        </>
      }
      actions={
        <>
          <RunControls evaluation={evaluation} />
          <ExportMenu id={evaluation.id} />
        </>
      }
    />
  );
}
