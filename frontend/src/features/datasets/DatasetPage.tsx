import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { ApiProblem } from "@/api/problem";
import {
  datasetKeys,
  datasetQueries,
  exportDatasetAddress,
  importDataset,
} from "@/api/queries/datasets";
import type { ManagedDataset } from "@/api/types";
import { DownloadMenu } from "@/components/ui/DownloadMenu";
import { PlusIcon } from "@/components/ui/icons";
import { Digest } from "@/components/ui/Digest";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TabLinks } from "@/components/ui/TabLinks";
import { UploadButton } from "@/components/ui/UploadButton";
import { Waiting } from "@/components/ui/Waiting";
import { count, dateTime } from "@/lib/format";
import { AddDatapoint } from "./AddDatapoint";
import { Datapoints } from "./Datapoints";
import { StoredVersion } from "./StoredVersion";
import { Versions } from "./Versions";

const route = getRouteApi("/datasets/$id");

/** One dataset: its datapoints, its versions, and what changed between them. */
export function DatasetPage() {
  const { id } = route.useParams();
  const dataset = useQuery(datasetQueries.detail(id));
  if (dataset.error instanceof ApiProblem && dataset.error.status === 404) return <StoredVersion />;
  if (!dataset.data) return <Waiting query={dataset} />;
  return <Managed dataset={dataset.data} />;
}

function Managed({ dataset }: { dataset: ManagedDataset }) {
  const { tab, version } = route.useSearch();
  const shown = version ?? String(dataset.version);
  return (
    <>
      <PageHeader
        title={dataset.name}
        eyebrow={<Link to="/datasets">Datasets</Link>}
        facts={
          <>
            <Fact label="Version">{dataset.version}</Fact>
            <Fact label="Datapoints">{count(dataset.size)}</Fact>
            <Fact label="Digest">
              <Digest of={dataset.digest} />
            </Fact>
            <Fact label="Runs">
              <Link to="/runs" search={{ dataset: dataset.id }}>
                over it
              </Link>
            </Fact>
            <Fact label="Changed">{dateTime(dataset.updated_at)}</Fact>
          </>
        }
        actions={<Actions dataset={dataset} />}
      />
      {dataset.description && <p>{dataset.description}</p>}
      <TabLinks
        label="Views of the dataset"
        to="/datasets/$id"
        params={{ id: dataset.id }}
        tabs={[
          {
            label: "Datapoints",
            count: count(dataset.size),
            current: tab !== "versions",
            search: {},
          },
          {
            label: "Versions and changes",
            count: count(dataset.version),
            current: tab === "versions",
            search: { tab: "versions" },
          },
        ]}
      />
      {tab === "versions" ? (
        <Versions dataset={dataset} />
      ) : (
        <Datapoints dataset={dataset} version={shown} />
      )}
    </>
  );
}

function Actions({ dataset }: { dataset: ManagedDataset }) {
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const upload = useMutation({
    mutationFn: (file: File) => importDataset(file, dataset.name),
    onSuccess: () => queries.invalidateQueries({ queryKey: datasetKeys.all }),
  });
  const file = (format: "jsonl" | "csv") =>
    exportDatasetAddress(dataset.id, dataset.version, format);
  return (
    <>
      <Button variant="default" leftSection={<PlusIcon />} onClick={() => setAdding(true)}>
        Add datapoint
      </Button>
      <UploadButton
        label="Upload new version"
        accept=".jsonl,.json,.csv"
        loading={upload.isPending}
        onFile={(file) => upload.mutate(file)}
      />
      <DownloadMenu
        label="Export"
        files={[
          { label: "JSON Lines", address: file("jsonl") },
          { label: "CSV", address: file("csv") },
        ]}
      />
      {upload.isError && <ProblemNote error={upload.error} compact />}
      <AddDatapoint dataset={dataset} opened={adding} onClose={() => setAdding(false)} />
    </>
  );
}
