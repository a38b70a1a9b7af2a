import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { libraryQueries } from "@/api/queries/library";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { ValueView } from "@/components/ui/ValueView";
import { dateTime, short } from "@/lib/format";
import { withoutEmpty } from "@/lib/values";

const route = getRouteApi("/tasks/$id");

/** One version of a task with its whole definition. */
export function TaskPage() {
  const { id } = route.useParams();
  const task = useQuery(libraryQueries.task(id));
  if (task.isError)
    return <ProblemNote error={task.error} onRetry={() => void task.refetch()} main />;
  if (!task.data) return <TableSkeleton rows={8} />;
  const { name, version, description, digest, created_at, definition } = task.data;
  return (
    <>
      <PageHeader
        title={name}
        eyebrow={
          <>
            <Link to="/tasks">Tasks</Link> / Version {version}
          </>
        }
        facts={
          <>
            <Fact label="Digest">
              <span className="mono" title={digest}>
                {short(digest)}
              </span>
            </Fact>
            <Fact label="Stored">{dateTime(created_at)}</Fact>
          </>
        }
      />
      {description && <p style={{ maxWidth: "80ch" }}>{description}</p>}
      <Panel title="Definition">
        <ValueView value={withoutEmpty(definition)} named />
      </Panel>
    </>
  );
}
