import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { datasetKeys, datasetQueries, importDataset } from "@/api/queries/datasets";
import type { ManagedDataset } from "@/api/types";
import { CopyLine } from "@/components/ui/CopyLine";
import { Digest } from "@/components/ui/Digest";
import type { Column } from "@/components/ui/DataTable";
import { ListPage } from "@/components/ui/ListPage";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { UploadButton } from "@/components/ui/UploadButton";
import { count, dateTime } from "@/lib/format";
import { StoredVersions } from "./StoredVersions";

const route = getRouteApi("/datasets");
const LIMIT = 25;

/** The managed datasets; what is stored without being managed follows below. */
export function DatasetsPage() {
  const { q, page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const datasets = useQuery(datasetQueries.list({ search: q, page, limit: LIMIT }));
  return (
    <>
      <ListPage
        title="Datasets"
        noun="datasets"
        query={datasets}
        columns={COLUMNS}
        rowKey={(dataset) => dataset.id}
        search={q}
        actions={<Upload />}
        onSearch={(text) => void navigate({ search: { q: text || undefined }, replace: true })}
        onPage={(next) => void navigate({ search: { q, page: next } })}
        emptyTitle="No dataset is managed yet"
        empty={
          <>
            <p>Upload a JSON Lines, JSON or CSV file. Each line is one datapoint:</p>
            <CopyLine
              label="example"
              text={
                '{"id": "q-1", "inputs": {"question": "2 + 2?"}, "ground_truth": {"answer": "4"}}'
              }
            />
          </>
        }
      />
      <StoredVersions key={q} search={q} />
    </>
  );
}

function Upload() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const upload = useMutation({
    mutationFn: (file: File) => importDataset(file, file.name.replace(/\.[a-z]+$/i, "")),
    onSuccess: async (dataset) => {
      await queries.invalidateQueries({ queryKey: datasetKeys.all });
      await navigate({ to: "/datasets/$id", params: { id: dataset.id } });
    },
  });
  return (
    <>
      {upload.isError && <ProblemNote error={upload.error} compact />}
      <UploadButton
        label="Upload dataset"
        accept=".jsonl,.json,.csv"
        loading={upload.isPending}
        onFile={(file) => upload.mutate(file)}
      />
    </>
  );
}

const COLUMNS: Column<ManagedDataset>[] = [
  {
    key: "name",
    header: "Name",
    cell: (dataset) => (
      <Link to="/datasets/$id" params={{ id: dataset.id }}>
        {dataset.name}
      </Link>
    ),
  },
  {
    key: "description",
    header: "Description",
    cell: ({ description }) => description ?? <span className="muted">–</span>,
  },
  { key: "version", header: "Version", align: "end", cell: (dataset) => dataset.version },
  { key: "size", header: "Datapoints", align: "end", cell: (dataset) => count(dataset.size) },
  {
    key: "digest",
    header: "Digest",
    cell: (dataset) => <Digest of={dataset.digest} />,
  },
  {
    key: "changed",
    header: "Changed",
    align: "end",
    cell: (dataset) => dateTime(dataset.updated_at),
  },
];
