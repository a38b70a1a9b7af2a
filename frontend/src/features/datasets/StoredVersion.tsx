import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { libraryQueries } from "@/api/queries/library";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Digest } from "@/components/ui/Digest";
import { Panel } from "@/components/ui/Panel";
import { Waiting } from "@/components/ui/Waiting";
import { count, dateTime } from "@/lib/format";
import { DatapointTable, LIMIT } from "./DatapointTable";

const route = getRouteApi("/datasets/$id");

/** One stored version and its datapoints, where no managed dataset holds it. */
export function StoredVersion() {
  const { id } = route.useParams();
  const { page = 1 } = route.useSearch();
  const dataset = useQuery(libraryQueries.dataset(id));
  const rows = useQuery({
    ...libraryQueries.datapoints(id, page, LIMIT),
    enabled: dataset.isSuccess,
  });
  if (!dataset.data) return <Waiting query={dataset} />;
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
              <Digest of={digest} />
            </Fact>
            <Fact label="Stored">{dateTime(created_at)}</Fact>
          </>
        }
      />
      <Panel title="Datapoints" flush>
        <DatapointTable query={rows} />
      </Panel>
    </>
  );
}
