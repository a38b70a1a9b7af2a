import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { fetchRunItems, itemsFileAddress, runKeys, type RunItemFilter } from "@/api/queries/runs";
import type { ItemRow, RunObject, RunOverview } from "@/api/types";
import { useWindow, type LoadPage } from "@/api/useWindow";
import { ColumnChooser } from "@/components/ui/ColumnChooser";
import { parseSort, sortText } from "@/components/ui/DataTable";
import { DownloadMenu } from "@/components/ui/DownloadMenu";
import { EmptyState } from "@/components/ui/EmptyState";
import { MetricRange } from "@/components/ui/MetricRange";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { SearchBox } from "@/components/ui/SearchBox";
import { Segments } from "@/components/ui/Segments";
import type { Sort } from "@/components/ui/SortButton";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { Verdict } from "@/components/ui/Verdict";
import { VirtualTable, type VirtualColumn } from "@/components/ui/VirtualTable";
import { datapointColumn, itemKey } from "@/features/items/itemColumns";
import { ItemDrawer } from "@/features/items/ItemDrawer";
import { count, duration, metricLabel, plural } from "@/lib/format";
import { useStoredNames } from "@/lib/stored";
import { preview } from "@/lib/values";
import type { RunSearch } from "@/routes/search";
import { usualKeys, verdictOptions } from "./metrics";
import classes from "./RunPage.module.css";
import { scoreColumns } from "./scoreColumns";

const route = getRouteApi("/runs/$id");

/** What the server sorts by latency, where a metric's key sorts by the metric. */
const LATENCY = "item.latency_seconds";

interface Props {
  run: RunObject;
  live: boolean;
  /** What the run came to, once it is known. */
  overview: RunOverview | undefined;
}

/** Every datapoint of the run with its output beside the ground truth. */
export function RunItems({ run, live, overview }: Props) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [range, setRange] = useState({ first: 0, last: 0 });
  const filter = useRunFilter(search);
  const metrics = overview?.metrics ?? [];
  const [stored, store] = useStoredNames("run.metrics");
  const keys = metrics.map(({ key }) => key);
  const chosen = stored?.filter((key) => keys.includes(key)) ?? usualKeys(metrics);
  const load: LoadPage<ItemRow> = useCallback(
    (page, limit, signal) => fetchRunItems(run.run_id, filter, page, limit, signal),
    [run.run_id, filter],
  );
  const rows = useWindow(
    [...runKeys.detail(run.run_id), "items", filter],
    load,
    range,
    live ? 5_000 : false,
  );
  const set = (change: Partial<RunSearch>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false });
  const find = (matches: (row: ItemRow) => boolean) => {
    for (let index = range.first; index <= range.last; index += 1) {
      const row = rows.at(index);
      if (row && matches(row)) return index;
    }
    return undefined;
  };
  const { item } = search;
  const place = item === undefined ? undefined : find((row) => itemKey(row) === item);
  const stepTo = (index: number) => {
    const row = rows.at(index);
    return row && (() => set({ item: itemKey(row) }));
  };
  return (
    <Panel
      title="Datapoints"
      note={rows.isPending ? undefined : plural(rows.total, "item")}
      actions={
        <div className={classes.tools}>
          <Segments
            label="Verdict"
            value={search.verdict ?? ""}
            options={[{ value: "", label: "Any" }, ...verdictOptions(overview, count)]}
            onChange={(value) => set({ verdict: (value || undefined) as typeof search.verdict })}
          />
          <MetricRange
            metrics={metrics
              .filter(({ aggregate }) => aggregate !== null)
              .map(({ key }) => ({ value: key, label: metricLabel(key) }))}
            range={{ metric: search.metric, min: search.min, max: search.max }}
            onRange={(range) =>
              set({ metric: undefined, min: undefined, max: undefined, ...range })
            }
          />
          <SearchBox
            value={search.q ?? ""}
            label="Search ids, outputs, errors"
            onSearch={(text) => set({ q: text || undefined })}
          />
          <ColumnChooser names={keys} chosen={chosen} onChoose={store} />
          <DownloadMenu
            label="Download"
            size="xs"
            files={[
              {
                label: "CSV, a column per metric",
                address: itemsFileAddress(run.run_id, filter, "csv"),
              },
              {
                label: "JSON lines, everything",
                address: itemsFileAddress(run.run_id, filter, "jsonl"),
              },
            ]}
          />
        </div>
      }
      flush
    >
      {rows.error !== null && (
        <div className={classes.inset}>
          <ProblemNote error={rows.error} onRetry={rows.refetch} />
        </div>
      )}
      {rows.isPending && <TableSkeleton rows={8} />}
      {!rows.isPending && rows.error === null && rows.total === 0 && (
        <EmptyState title="No item to show">
          <p>Nothing matches the filters, or no datapoint has ended yet.</p>
        </EmptyState>
      )}
      {rows.total > 0 && (
        <VirtualTable
          label="Datapoints of the run"
          columns={columns((row) => set({ item: itemKey(row) }), chosen, run.candidate)}
          total={rows.total}
          at={rows.at}
          onRange={setRange}
          minWidth={880 + 100 * chosen.length}
          reveal={place}
          busy={rows.isStale}
          sort={search.sort === undefined ? undefined : parseSort(search.sort)}
          onSort={(next) => set({ sort: nextSort(search.sort, next) })}
        />
      )}
      <ItemDrawer
        item={item}
        candidates={[{ runId: run.run_id, name: run.candidate || run.name }]}
        find={(matches) => {
          const index = find(matches);
          return index === undefined ? undefined : rows.at(index);
        }}
        neighbours={
          place === undefined
            ? undefined
            : {
                place: `${count(place + 1)} of ${count(rows.total)}`,
                previous: stepTo(place - 1),
                next: stepTo(place + 1),
              }
        }
        fetchBy={(id, signal) => fetchRunItems(run.run_id, { datapoint_id: [id] }, 1, 50, signal)}
        onClose={() => set({ item: undefined })}
        repeats={run.repeats}
        onItem={(next) => set({ item: next })}
      />
    </Panel>
  );
}

function useRunFilter(search: RunSearch): RunItemFilter {
  const { status, verdict, q, metric, min, max, sort } = search;
  return useMemo(
    () => ({ status, verdict, search: q, metric, metric_min: min, metric_max: max, sort }),
    [status, verdict, q, metric, min, max, sort],
  );
}

/** The order after a click: the greatest first, the least first, then the dataset's again. */
function nextSort(now: string | undefined, next: Sort): string | undefined {
  return now === next.key ? undefined : sortText(next);
}

function columns(
  open: (row: ItemRow) => void,
  metrics: readonly string[],
  candidate: string,
): VirtualColumn<ItemRow>[] {
  return [
    datapointColumn(open),
    {
      key: "verdict",
      header: "Verdict",
      track: "96px",
      cell: ({ answers: [answer] }) => (
        <Verdict passed={answer?.passed} status={answer?.status} wordy />
      ),
    },
    {
      key: "inputs",
      header: "Inputs",
      track: "minmax(160px, 1fr)",
      cell: (row) => preview(row.datapoint.inputs),
    },
    {
      key: "output",
      header: "Output",
      track: "minmax(160px, 1fr)",
      cell: (row) => preview(row.answers[0]?.output),
    },
    {
      key: "gold",
      header: "Ground truth",
      track: "minmax(100px, 0.6fr)",
      cell: (row) => preview(row.datapoint.ground_truth),
    },
    ...scoreColumns(metrics, candidate),
    {
      key: "latency",
      header: "Latency",
      sortKey: LATENCY,
      track: "84px",
      align: "end",
      cell: ({ answers: [answer] }) => duration(answer?.latency_seconds),
    },
    {
      key: "trace",
      header: "Trace",
      track: "52px",
      align: "end",
      cell: ({ datapoint, answers: [answer] }) =>
        answer?.session_id ? (
          <Link to="/sessions/$id" params={{ id: answer.session_id }}>
            open<span className="visually-hidden"> the trace of {datapoint.id}</span>
          </Link>
        ) : (
          <span className="muted">–</span>
        ),
    },
  ];
}
