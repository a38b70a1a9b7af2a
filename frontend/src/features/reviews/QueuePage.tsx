import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { reviewQueries } from "@/api/queries/reviews";
import type { Agreement, ReviewQueue } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Meter } from "@/components/ui/Meter";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Panel } from "@/components/ui/Panel";
import { Waiting } from "@/components/ui/Waiting";
import { count, percent } from "@/lib/format";
import { Review } from "./Review";
import classes from "./reviews.module.css";

const route = getRouteApi("/reviews/$id");

/** One queue: the item to look at now, and how far the queue is. */
export function QueuePage() {
  const { id } = route.useParams();
  const queue = useQuery(reviewQueries.queue(id));
  if (!queue.data) return <Waiting query={queue} />;
  return (
    <>
      <Head queue={queue.data} />
      <Review key={id} queue={queue.data} />
      {queue.data.progress.completed > 0 && <AgreementPanel id={id} />}
    </>
  );
}

/** How many items are behind a reviewer. */
export function ended({ progress }: ReviewQueue): number {
  return progress.completed + progress.skipped;
}

function Head({ queue }: { queue: ReviewQueue }) {
  const { progress } = queue;
  return (
    <PageHeader
      title={queue.name}
      eyebrow={<Link to="/reviews">Reviews</Link>}
      facts={
        <>
          <span className={classes.progress}>
            <Meter value={ended(queue)} max={progress.total} label="Progress of the queue" />
          </span>
          <Fact label="Done">
            {count(ended(queue))} of {count(progress.total)}
          </Fact>
          {progress.skipped > 0 && <Fact label="Skipped">{count(progress.skipped)}</Fact>}
          {progress.claimed > 0 && <Fact label="With reviewers">{count(progress.claimed)}</Fact>}
        </>
      }
    />
  );
}

function AgreementPanel({ id }: { id: string }) {
  const agreement = useQuery(reviewQueries.agreement(id));
  const rows = [
    ...(agreement.data?.with_evaluators ?? []),
    ...(agreement.data?.between_people ?? []),
  ].filter(({ n }) => n > 0);
  if (rows.length === 0) return null;
  return (
    <Panel
      title="Agreement"
      note="Between people, and of people with the evaluator of the same name; kappa is beyond chance."
      flush
    >
      <DataTable
        caption="Agreement of raters"
        columns={COLUMNS}
        rows={rows}
        rowKey={(row) => `${row.field}|${row.first}|${row.second}`}
        minWidth={520}
      />
    </Panel>
  );
}

const COLUMNS: Column<Agreement>[] = [
  { key: "field", header: "Question", cell: (row) => <strong>{row.field}</strong> },
  { key: "raters", header: "Raters", cell: (row) => `${row.first} and ${row.second}` },
  { key: "n", header: "n", align: "end", cell: (row) => count(row.n) },
  { key: "percent", header: "Agree", align: "end", cell: (row) => shareText(row.percent) },
  {
    key: "kappa",
    header: "Kappa",
    align: "end",
    cell: ({ kappa }) => (kappa === null ? "–" : kappa.toFixed(2)),
  },
];

function shareText(share: number | null): string {
  return share === null ? "–" : percent(share);
}
