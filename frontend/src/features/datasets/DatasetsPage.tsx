import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { libraryQueries } from "@/api/queries/library";
import type { DatasetView } from "@/api/types";
import { CopyLine } from "@/components/ui/CopyLine";
import type { Column } from "@/components/ui/DataTable";
import { ListPage } from "@/components/ui/ListPage";
import { count, dateTime, short } from "@/lib/format";

const route = getRouteApi("/datasets");
const LIMIT = 25;

/** The stored dataset versions. */
export function DatasetsPage() {
  const { q, page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const datasets = useQuery(libraryQueries.datasets({ search: q, page, limit: LIMIT }));
  return (
    <ListPage
      title="Datasets"
      noun="datasets"
      query={datasets}
      columns={COLUMNS}
      rowKey={(dataset) => dataset.id}
      search={q}
      onSearch={(text) => void navigate({ search: { q: text || undefined }, replace: true })}
      onPage={(next) => void navigate({ search: { q, page: next } })}
      emptyTitle="No dataset has been stored yet"
      empty={
        <>
          <p>
            Upload a JSONL file when you <Link to="/evaluations/new">start an evaluation</Link>.
            Each line is one datapoint:
          </p>
          <CopyLine
            label="example"
            text={
              '{"id": "q-1", "inputs": {"question": "2 + 2?"}, "ground_truth": {"answer": "4"}}'
            }
          />
        </>
      }
    />
  );
}

const COLUMNS: Column<DatasetView>[] = [
  {
    key: "name",
    header: "Name",
    cell: (dataset) => (
      <Link to="/datasets/$id" params={{ id: dataset.id }}>
        {dataset.name}
      </Link>
    ),
  },
  { key: "version", header: "Version", align: "end", cell: (dataset) => dataset.version },
  { key: "size", header: "Datapoints", align: "end", cell: (dataset) => count(dataset.size) },
  {
    key: "digest",
    header: "Digest",
    cell: (dataset) => <span className="mono">{short(dataset.digest)}</span>,
  },
  {
    key: "created",
    header: "Created",
    align: "end",
    cell: (dataset) => dateTime(dataset.created_at),
  },
];
