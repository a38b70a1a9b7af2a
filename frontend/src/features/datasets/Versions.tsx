import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { datasetQueries } from "@/api/queries/datasets";
import type { DatasetVersion, ManagedDataset } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Digest } from "@/components/ui/Digest";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { count, dateTime, signed } from "@/lib/format";
import { Changes } from "./Changes";
import classes from "./datasets.module.css";

const route = getRouteApi("/datasets/$id");

/** Every version of a dataset, and what changed between two of them. */
export function Versions({ dataset }: { dataset: ManagedDataset }) {
  const versions = useQuery(datasetQueries.versions(dataset.id));
  if (versions.isError) {
    return <ProblemNote error={versions.error} onRetry={() => void versions.refetch()} />;
  }
  if (!versions.data) return <TableSkeleton rows={4} />;
  const [newest] = versions.data;
  return (
    <>
      <Panel title="Versions" note="A version never changes; every edit makes a new one." flush>
        <DataTable
          caption="Versions of the dataset"
          columns={columns(dataset.id, versions.data)}
          rows={versions.data}
          rowKey={(version) => version.id}
          minWidth={640}
        />
      </Panel>
      {versions.data.length > 1 && newest && (
        <Difference dataset={dataset} versions={versions.data} newest={newest} />
      )}
    </>
  );
}

interface DifferenceProps {
  dataset: ManagedDataset;
  versions: readonly DatasetVersion[];
  newest: DatasetVersion;
}

function Difference({ dataset, versions, newest }: DifferenceProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const to = search.to ?? String(newest.version);
  const from = search.from ?? String(versions[1]?.version ?? newest.version);
  const diff = useQuery(datasetQueries.diff(dataset.id, from, to));
  const options = versions.map(({ version }) => ({
    value: String(version),
    label: `Version ${version}`,
  }));
  const choice = (label: string, value: string, side: "from" | "to") => (
    <Select
      aria-label={label}
      data={options}
      value={value}
      allowDeselect={false}
      size="xs"
      w={130}
      onChange={(chosen) =>
        void navigate({
          search: { ...search, [side]: chosen ?? undefined },
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
  return (
    <Panel
      title="Changes"
      actions={
        <div className={classes.between}>
          {choice("From version", from, "from")}
          <span aria-hidden="true">→</span>
          {choice("To version", to, "to")}
        </div>
      }
    >
      {diff.isError && (
        <ProblemNote error={diff.error} onRetry={() => void diff.refetch()} compact />
      )}
      {diff.isPending && <TableSkeleton rows={3} />}
      {diff.data && <Changes diff={diff.data} />}
    </Panel>
  );
}

function columns(id: string, all: readonly DatasetVersion[]): Column<DatasetVersion>[] {
  const before = (version: DatasetVersion) => all[all.indexOf(version) + 1];
  return [
    {
      key: "version",
      header: "Version",
      cell: (version) => (
        <>
          <Link
            to="/datasets/$id"
            params={{ id }}
            search={{ version: String(version.version) }}
            className={classes.version}
          >
            {version.version}
          </Link>
          {version.current && <span className={classes.current}>current</span>}
        </>
      ),
    },
    { key: "size", header: "Datapoints", align: "end", cell: ({ size }) => count(size) },
    {
      key: "growth",
      header: "Growth",
      align: "end",
      cell: (version) => {
        const previous = before(version);
        return previous ? signed(version.size - previous.size, 0) : "–";
      },
    },
    {
      key: "digest",
      header: "Digest",
      cell: ({ digest }) => <Digest of={digest} />,
    },
    {
      key: "created",
      header: "Created",
      align: "end",
      cell: ({ created_at }) => dateTime(created_at),
    },
    {
      key: "changes",
      header: <span className="visually-hidden">Changes</span>,
      align: "end",
      cell: (version) => {
        const previous = before(version);
        return (
          previous && (
            <Link
              to="/datasets/$id"
              params={{ id }}
              search={{
                tab: "versions",
                from: String(previous.version),
                to: String(version.version),
              }}
              resetScroll={false}
            >
              changes from {previous.version}
            </Link>
          )
        );
      },
    },
  ];
}
