import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { datasetQueries } from "@/api/queries/datasets";
import type { Datapoint, ManagedDataset } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { Pager } from "@/components/ui/Pager";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { ValueView } from "@/components/ui/ValueView";
import { preview } from "@/lib/values";

const route = getRouteApi("/datasets/$id");
const LIMIT = 25;

/** The datapoints of one version. */
export function Datapoints({ dataset, version }: { dataset: ManagedDataset; version: string }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const page = search.page ?? 1;
  const rows = useQuery(datasetQueries.datapoints(dataset.id, version, page, LIMIT));
  const old = version !== String(dataset.version);
  return (
    <Panel
      title={old ? `Datapoints of version ${version}` : "Datapoints"}
      note={
        old && (
          <>
            An older version.{" "}
            <Link to="/datasets/$id" params={{ id: dataset.id }}>
              Show the current one
            </Link>
            .
          </>
        )
      }
      flush
    >
      {rows.isError && <ProblemNote error={rows.error} onRetry={() => void rows.refetch()} />}
      {rows.isPending && <TableSkeleton rows={8} />}
      {rows.data?.total === 0 && (
        <EmptyState title="No datapoint yet">
          <p>Add one, or upload a file as a new version.</p>
        </EmptyState>
      )}
      {rows.data && rows.data.total > 0 && (
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
            onPage={(next) => void navigate({ search: { ...search, page: next } })}
          />
        </>
      )}
    </Panel>
  );
}

const COLUMNS: Column<Datapoint>[] = [
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
  {
    key: "metadata",
    header: "Metadata",
    width: "14%",
    cell: ({ metadata }) =>
      metadata && Object.keys(metadata).length > 0 ? preview(metadata) : "–",
  },
];
