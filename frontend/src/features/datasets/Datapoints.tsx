import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { datasetQueries } from "@/api/queries/datasets";
import type { ManagedDataset } from "@/api/types";
import { Panel } from "@/components/ui/Panel";
import { DatapointTable, LIMIT } from "./DatapointTable";

const route = getRouteApi("/datasets/$id");

/** The datapoints of one version. */
export function Datapoints({ dataset, version }: { dataset: ManagedDataset; version: string }) {
  const { page = 1 } = route.useSearch();
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
      <DatapointTable query={rows} />
    </Panel>
  );
}
