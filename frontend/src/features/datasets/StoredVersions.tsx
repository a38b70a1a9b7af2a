import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { libraryQueries } from "@/api/queries/library";
import type { DatasetView, ManagedDataset } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Digest } from "@/components/ui/Digest";
import { Panel } from "@/components/ui/Panel";
import { count, dateTime } from "@/lib/format";

interface Props {
  managed: readonly ManagedDataset[];
  search: string | undefined;
}

/** The stored versions of names that no managed dataset has, such as those runs brought along. */
export function StoredVersions({ managed, search }: Props) {
  const stored = useQuery(libraryQueries.datasets({ search, page: 1, limit: 100 }));
  const names = new Set(managed.map(({ name }) => name));
  const rows = (stored.data?.items ?? []).filter(({ name }) => !names.has(name));
  if (rows.length === 0) return null;
  return (
    <Panel
      title="Stored with evaluations"
      note="Versions that evaluations were run over. Upload the file to manage it."
      flush
    >
      <DataTable
        caption="Stored versions"
        columns={COLUMNS}
        rows={rows}
        rowKey={(row) => row.id}
        minWidth={560}
      />
    </Panel>
  );
}

const COLUMNS: Column<DatasetView>[] = [
  {
    key: "name",
    header: "Name",
    cell: (row) => (
      <Link to="/datasets/$id" params={{ id: row.id }}>
        {row.name}
      </Link>
    ),
  },
  { key: "version", header: "Version", align: "end", cell: (row) => row.version },
  { key: "size", header: "Datapoints", align: "end", cell: (row) => count(row.size) },
  {
    key: "digest",
    header: "Digest",
    cell: (row) => <Digest of={row.digest} />,
  },
  { key: "created", header: "Created", align: "end", cell: (row) => dateTime(row.created_at) },
];
