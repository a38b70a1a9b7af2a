import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { libraryQueries } from "@/api/queries/library";
import type { TaskView } from "@/api/types";
import { CopyLine } from "@/components/ui/CopyLine";
import { Digest } from "@/components/ui/Digest";
import { ListPage } from "@/components/ui/ListPage";
import type { Column } from "@/components/ui/DataTable";
import { dateTime } from "@/lib/format";

const route = getRouteApi("/tasks");
const LIMIT = 25;

/** The stored tasks. */
export function TasksPage() {
  const { q, page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const tasks = useQuery(libraryQueries.tasks({ search: q, page, limit: LIMIT }));
  return (
    <ListPage
      title="Tasks"
      noun="tasks"
      query={tasks}
      columns={COLUMNS}
      rowKey={(task) => task.id}
      search={q}
      onSearch={(text) => void navigate({ search: { q: text || undefined }, replace: true })}
      onPage={(next) => void navigate({ search: { q, page: next } })}
      emptyTitle="No task has been stored yet"
      empty={
        <>
          <p>
            A task says what is asked and how an answer is judged. Write one when you{" "}
            <Link to="/evaluations/new">start an evaluation</Link>, or check a file first:
          </p>
          <CopyLine text="assay bench validate TASK.yaml" />
        </>
      }
    />
  );
}

const COLUMNS: Column<TaskView>[] = [
  {
    key: "name",
    header: "Name",
    cell: (task) => (
      <Link to="/tasks/$id" params={{ id: task.id }}>
        {task.name}
      </Link>
    ),
  },
  { key: "version", header: "Version", align: "end", cell: (task) => task.version },
  { key: "description", header: "Description", cell: (task) => task.description },
  {
    key: "digest",
    header: "Digest",
    cell: (task) => <Digest of={task.digest} />,
  },
  { key: "created", header: "Created", align: "end", cell: (task) => dateTime(task.created_at) },
];
