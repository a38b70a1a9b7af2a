import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { libraryQueries } from "@/api/queries/library";
import type { DatasetView } from "@/api/types";
import type { Column } from "@/components/ui/DataTable";
import { Digest } from "@/components/ui/Digest";
import { PagedTable } from "@/components/ui/PagedTable";
import { Panel } from "@/components/ui/Panel";
import { count, dateTime } from "@/lib/format";

const LIMIT = 25;

/** The stored versions of names that no managed dataset has, such as those runs brought along. */
export function StoredVersions({ search }: { search: string | undefined }) {
  const [page, setPage] = useState(1);
  const stored = useQuery(libraryQueries.datasets({ search, managed: false, page, limit: LIMIT }));
  if (!stored.isError && !stored.data?.total) return null;
  return (
    <Panel
      title="Stored with evaluations"
      note="Versions that evaluations were run over. Upload the file to manage it."
      flush
    >
      <PagedTable
        caption="Stored versions"
        noun="stored datasets"
        query={stored}
        columns={COLUMNS}
        rowKey={(row) => row.id}
        onPage={setPage}
        empty={null}
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
