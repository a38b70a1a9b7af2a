import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { libraryQueries } from "@/api/queries/library";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Digest } from "@/components/ui/Digest";
import { Panel } from "@/components/ui/Panel";
import { ValueView } from "@/components/ui/ValueView";
import { Waiting } from "@/components/ui/Waiting";
import { dateTime } from "@/lib/format";
import { withoutEmpty } from "@/lib/values";

const route = getRouteApi("/tasks/$id");

/** One version of a task with its whole definition. */
export function TaskPage() {
  const { id } = route.useParams();
  const task = useQuery(libraryQueries.task(id));
  if (!task.data) return <Waiting query={task} />;
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
              <Digest of={digest} />
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
