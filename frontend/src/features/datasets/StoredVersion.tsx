import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { libraryQueries } from "@/api/queries/library";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { count, dateTime, short } from "@/lib/format";
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
      <Panel title="Datapoints" flush>
        <DatapointTable query={rows} />
      </Panel>
    </>
  );
}
