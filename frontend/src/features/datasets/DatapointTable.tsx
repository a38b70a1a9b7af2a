import type { UseQueryResult } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { DatapointView, Paged } from "@/api/types";
import type { Column } from "@/components/ui/DataTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { PagedTable } from "@/components/ui/PagedTable";
import { ValueView } from "@/components/ui/ValueView";
import { preview } from "@/lib/values";

const route = getRouteApi("/datasets/$id");
export const LIMIT = 25;
/** How many characters of a text a row shows until all of it is asked for. */
const MOST = 500;

/** What is shown of a datapoint, managed or not. */
type Row = Pick<DatapointView, "id" | "inputs" | "ground_truth"> & {
  metadata?: DatapointView["metadata"] | null;
};

/** One page of a version's datapoints. */
export function DatapointTable({ query }: { query: UseQueryResult<Paged<Row>> }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <PagedTable
      caption="Datapoints of the dataset"
      noun="datapoints"
      query={query}
      columns={COLUMNS}
      rowKey={(row) => row.id}
      onPage={(page) => void navigate({ search: { ...search, page } })}
      empty={
        <EmptyState title="This version is empty">
          <p>Datapoints that are added, or uploaded as a file, make the next version.</p>
        </EmptyState>
      }
      minWidth={760}
    />
  );
}

const COLUMNS: Column<Row>[] = [
  {
    key: "id",
    header: "Id",
    width: "170px",
    cell: (row) => <span className="mono">{row.id}</span>,
  },
  { key: "inputs", header: "Inputs", cell: (row) => <ValueView value={row.inputs} most={MOST} /> },
  {
    key: "gold",
    header: "Ground truth",
    width: "24%",
    cell: (row) => <ValueView value={row.ground_truth} most={MOST} />,
  },
  {
    key: "metadata",
    header: "Metadata",
    width: "14%",
    cell: ({ metadata }) =>
      metadata && Object.keys(metadata).length > 0 ? preview(metadata) : "–",
  },
];
