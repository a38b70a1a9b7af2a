import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { TraceEvent } from "@/api/events";
import { eventQueries } from "@/api/queries/events";
import { CopyLine } from "@/components/ui/CopyLine";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Waiting } from "@/components/ui/Waiting";
import { Annotations } from "@/features/reviews/Annotations";
import { TraceView } from "@/features/trace/TraceView";
import { allEvents, milliseconds, totalsOf } from "@/features/trace/tree";
import { count, dateTime, money } from "@/lib/format";

const route = getRouteApi("/sessions/$id");

/** One session: its whole trace. */
export function SessionPage() {
  const { id } = route.useParams();
  const { event } = route.useSearch();
  const navigate = route.useNavigate();
  const session = useQuery(eventQueries.session(id));
  if (!session.data) return <Waiting query={session} rows={10} />;
  const root = session.data;
  return (
    <>
      <Head root={root} />
      <TraceView
        root={root}
        selected={event}
        detail={(shown) => <Annotations eventId={shown.id} />}
        onSelect={(next) =>
          void navigate({
            search: { event: next === root.id ? undefined : next },
            replace: true,
            resetScroll: false,
          })
        }
      />
    </>
  );
}

function Head({ root }: { root: TraceEvent }) {
  const totals = totalsOf(allEvents(root));
  return (
    <PageHeader
      title={root.name}
      eyebrow={
        <>
          <Link to="/sessions">Sessions</Link>
          {root.runId && (
            <>
              {" / "}
              <Link to="/runs/$id" params={{ id: root.runId }}>
                its run
              </Link>
            </>
          )}
        </>
      }
      facts={
        <>
          <Fact label="Events">
            {count(totals.events)}
            {totals.errors > 0 && `, ${count(totals.errors)} failed`}
          </Fact>
          {root.durationMs !== null && <Fact label="Took">{milliseconds(root.durationMs)}</Fact>}
          {totals.inputTokens !== null && (
            <Fact label="Tokens">
              {count(totals.inputTokens)} in, {count(totals.outputTokens)} out
            </Fact>
          )}
          {totals.costUsd !== null && <Fact label="Cost">{money(totals.costUsd)}</Fact>}
          {root.start !== null && (
            <Fact label="Started">{dateTime(new Date(root.start).toISOString())}</Fact>
          )}
          {root.datapointId && <Fact label="Datapoint">{root.datapointId}</Fact>}
          <CopyLine text={root.id} label="session id" />
        </>
      }
    />
  );
}
