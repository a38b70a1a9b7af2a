import { Button, Select } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { runsFileAddress } from "@/api/queries/runs";
import { ColumnChooser } from "@/components/ui/ColumnChooser";
import { parseSort, sortText } from "@/components/ui/DataTable";
import { DownloadMenu } from "@/components/ui/DownloadMenu";
import { FilterChip } from "@/components/ui/FilterChip";
import { MetricRange } from "@/components/ui/MetricRange";
import { PagedTable } from "@/components/ui/PagedTable";
import { PageHeader } from "@/components/ui/PageHeader";
import { SearchBox } from "@/components/ui/SearchBox";
import { Segments } from "@/components/ui/Segments";
import { DatasetName } from "@/features/datasets/DatasetName";
import { metricLabel } from "@/lib/format";
import { useStoredNames } from "@/lib/stored";
import { entryColumns } from "./columns";
import { NoRuns } from "./NoRuns";
import classes from "./RunsPage.module.css";
import { byAge, commonMetrics, type Entry } from "./entries";
import { useEntries } from "./useEntries";

const route = getRouteApi("/runs");
const STATUSES = ["running", "pending", "completed", "failed", "cancelled"];
const KINDS = [
  { value: "", label: "All" },
  { value: "evaluation", label: "Evaluations" },
  { value: "experiment", label: "Experiments" },
];

/** An evaluation is a run of each of its models. */
const RUN_KINDS = { evaluation: "bench", experiment: "experiment" } as const;
const MOST_METRICS = 3;

/** Everything that was run: evaluations of models and runs of experiments. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { page = 1, sort = "-created_at", kind, status, dataset, q, metric, min, max } = search;
  const entries = useEntries({ kind, status, dataset, search: q, sort, page, metric, min, max });
  const asked = {
    kind: kind && RUN_KINDS[kind],
    status,
    dataset_id: dataset,
    search: q,
    sort,
    metric,
    metric_min: min,
    metric_max: max,
  };
  const [chosen, setChosen] = useState<Entry[]>([]);
  const [stored, store] = useStoredNames("runs.metrics");
  const usual = commonMetrics(entries.data?.items ?? [], MOST_METRICS);
  const metrics = stored ?? withAsked(usual, [sort.replace("-", ""), metric]);
  const known = [
    ...new Set([...commonMetrics(entries.data?.items ?? [], Infinity), ...metrics]),
  ].sort();
  const set = (change: Partial<typeof search>) =>
    void navigate({ search: { ...search, page: undefined, ...change }, replace: true });
  const filtered = Boolean(kind ?? status ?? dataset ?? q ?? metric);
  const toggle = (entry: Entry) =>
    setChosen((before) => {
      const others = before.filter(({ id }) => id !== entry.id);
      return others.length < before.length ? others : [...others.slice(-1), entry];
    });

  return (
    <>
      <PageHeader title="Runs" actions={<CompareButton chosen={chosen} />} />
      <div className="surface">
        <div className={classes.tools}>
          <SearchBox
            value={q ?? ""}
            label="Search by name"
            onSearch={(text) => set({ q: text || undefined })}
          />
          <Segments
            label="Kind"
            value={kind ?? ""}
            options={KINDS}
            onChange={(value) => set({ kind: (value || undefined) as typeof kind })}
          />
          <Select
            aria-label="Status"
            placeholder="Any status"
            data={STATUSES}
            value={status ?? null}
            onChange={(value) => set({ status: (value ?? undefined) as typeof status })}
            clearable
            w={150}
          />
          {dataset !== undefined && (
            <FilterChip label="one dataset" onClear={() => set({ dataset: undefined })}>
              over <DatasetName id={dataset} />
            </FilterChip>
          )}
          <span className={classes.last}>
            <MetricRange
              metrics={[
                { value: "pass_rate", label: "pass rate" },
                ...known.map((name) => ({ value: `metrics.${name}`, label: metricLabel(name) })),
              ]}
              range={{ metric, min, max }}
              onRange={(range) =>
                set({ metric: undefined, min: undefined, max: undefined, ...range })
              }
            />
            <ColumnChooser names={known} chosen={metrics} onChoose={store} />
            <DownloadMenu
              label="Download"
              size="xs"
              files={[
                { label: "CSV, a column per metric", address: runsFileAddress(asked, "csv") },
                { label: "JSON lines, everything", address: runsFileAddress(asked, "jsonl") },
              ]}
            />
          </span>
        </div>
        <PagedTable
          caption="Evaluations and experiment runs"
          noun="runs"
          query={entries}
          columns={entryColumns({ chosen: chosen.map(({ id }) => id), toggle }, metrics)}
          rowKey={(entry) => entry.id}
          sort={parseSort(sort)}
          onSort={(next) => set({ sort: sortText(next) })}
          onPage={(next) => void navigate({ search: { ...search, page: next } })}
          empty={<NoRuns filtered={filtered} />}
          minWidth={1040 + 90 * metrics.length}
        />
      </div>
    </>
  );
}

/** The columns with those of the figures that the table is sorted or narrowed by. */
function withAsked(names: string[], fields: (string | undefined)[]): string[] {
  const asked = fields.flatMap((field) =>
    field?.startsWith("metrics.") ? [field.slice("metrics.".length)] : [],
  );
  return [...new Set([...names, ...asked])];
}

function CompareButton({ chosen }: { chosen: readonly Entry[] }) {
  const [older, newer] = byAge(chosen);
  if (!older) return null;
  if (!newer) return <span className={classes.hint}>Tick one more experiment run to compare</span>;
  return (
    <Button
      variant="default"
      renderRoot={(props: object) => (
        <Link to="/runs/compare" search={{ new: newer.id, old: older.id }} {...props} />
      )}
    >
      Compare the two
    </Button>
  );
}
