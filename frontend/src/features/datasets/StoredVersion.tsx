import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { libraryQueries } from "@/api/queries/library";
import type { DatapointView } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Pager } from "@/components/ui/Pager";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { ValueView } from "@/components/ui/ValueView";
import { count, dateTime, short } from "@/lib/format";
import { preview } from "@/lib/values";

const route = getRouteApi("/datasets/$id");
const LIMIT = 25;

/** One stored version and its datapoints, where no managed dataset holds it. */
export function StoredVersion() {
  const { id } = route.useParams();
  const dataset = useQuery(libraryQueries.dataset(id));
  if (dataset.isError) {
    return <ProblemNote error={dataset.error} onRetry={() => void dataset.refetch()} main />;
  }
  if (!dataset.data) return <TableSkeleton rows={8} />;
  const { name, version, digest, size, created_at } = dataset.data;
  return (
    <>
      <PageHeader
        title={name}
        eyebrow={
          <>
            <Link to="/datasets">Datasets</Link> / Version {version}
          </>
        }
        facts={
          <>
            <Fact label="Datapoints">{count(size)}</Fact>
            <Fact label="Digest">
              <span className="mono" title={digest}>
                {short(digest)}
              </span>
            </Fact>
            <Fact label="Stored">{dateTime(created_at)}</Fact>
          </>
        }
      />
      <Datapoints id={id} />
    </>
  );
}

function Datapoints({ id }: { id: string }) {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const rows = useQuery(libraryQueries.datapoints(id, page, LIMIT));
  return (
    <Panel title="Datapoints" flush>
      {rows.isError && <ProblemNote error={rows.error} onRetry={() => void rows.refetch()} />}
      {rows.isPending && <TableSkeleton rows={8} />}
      {rows.data && (
        <>
          <DataTable
            caption="Datapoints of the dataset"
            columns={COLUMNS}
            rows={rows.data.items}
            rowKey={(row) => row.id}
            busy={rows.isPlaceholderData}
            minWidth={760}
          />
          <Pager
            page={page}
            limit={LIMIT}
            total={rows.data.total}
            noun="datapoints"
            onPage={(next) => void navigate({ search: { page: next } })}
          />
        </>
      )}
    </Panel>
  );
}

const COLUMNS: Column<DatapointView>[] = [
  {
    key: "id",
    header: "Id",
    width: "170px",
    cell: (row) => <span className="mono">{row.id}</span>,
  },
  { key: "inputs", header: "Inputs", cell: (row) => <ValueView value={row.inputs} /> },
  {
    key: "gold",
    header: "Ground truth",
    width: "24%",
    cell: (row) => <ValueView value={row.ground_truth} />,
  },
  { key: "metadata", header: "Metadata", width: "14%", cell: (row) => preview(row.metadata) },
];
