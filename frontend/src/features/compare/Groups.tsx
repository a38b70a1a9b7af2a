import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { runQueries } from "@/api/queries/runs";
import type { MetricGroup, RunComparison } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { change, count, figure, metricLabel } from "@/lib/format";
import classes from "./ComparePage.module.css";

const route = getRouteApi("/runs/compare");

/** The change of one metric for each value of a field of the datapoints' metadata. */
export function Groups({ comparison }: { comparison: RunComparison }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { new_run: newer, old_run: older } = comparison;
  const groups = useQuery(runQueries.groups(newer.run_id, older.run_id, search.group));
  const fields = groups.data?.fields ?? [];
  if (fields.length === 0 && search.group === undefined) return null;
  const metrics = [...new Set(groups.data?.groups.map(({ metric }) => metric))];
  const metric = search.of !== undefined && metrics.includes(search.of) ? search.of : metrics[0];
  const rows = groups.data?.groups.filter((row) => row.metric === metric) ?? [];
  const set = (part: Partial<typeof search>) =>
    void navigate({ search: { ...search, ...part }, replace: true, resetScroll: false });
  return (
    <Panel
      title="By group"
      note="Where it moved: datapoints grouped by a field of their metadata. Intervals are of each group alone, not adjusted."
      actions={
        <div className={classes.tools}>
          <Select
            aria-label="Group by"
            placeholder="Group by…"
            data={fields}
            value={search.group ?? null}
            clearable
            searchable
            size="xs"
            w={160}
            onChange={(value) => set({ group: value ?? undefined })}
          />
          {metrics.length > 1 && (
            <Select
              aria-label="Metric of the groups"
              data={metrics.map((key) => ({ value: key, label: metricLabel(key) }))}
              value={metric ?? null}
              allowDeselect={false}
              size="xs"
              w={160}
              onChange={(value) => set({ of: value ?? undefined })}
            />
          )}
        </div>
      }
      flush
    >
      {groups.isError && <ProblemNote error={groups.error} compact />}
      {groups.isPending && <TableSkeleton rows={3} />}
      {rows.length > 0 && (
        <DataTable
          caption={`Change by ${search.group ?? ""}`}
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => `${row.metric}|${row.group}`}
          minWidth={640}
        />
      )}
    </Panel>
  );
}

const COLUMNS: Column<MetricGroup>[] = [
  { key: "group", header: "Group", cell: (row) => <strong>{row.group}</strong> },
  { key: "n", header: "Datapoints", align: "end", cell: (row) => count(row.n) },
  { key: "old", header: "Old", align: "end", cell: (row) => figure(row.old_aggregate) },
  { key: "new", header: "New", align: "end", cell: (row) => figure(row.new_aggregate) },
  {
    key: "change",
    header: "Change",
    align: "end",
    cell: (row) => <strong>{change(row.difference)}</strong>,
  },
  {
    key: "interval",
    header: "95 % interval",
    align: "end",
    cell: ({ interval }) => {
      const [low, high] = interval ?? [];
      return low === undefined || high === undefined ? "–" : `[${change(low)}, ${change(high)}]`;
    },
  },
  {
    key: "moves",
    header: "Moved",
    align: "end",
    cell: (row) => (
      <span>
        <span className={classes.up}>▲ {count(row.improved_count)}</span>{" "}
        <span className={classes.down}>▼ {count(row.degraded_count)}</span>
      </span>
    ),
  },
];
