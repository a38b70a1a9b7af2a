import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { fetchRunItems, runKeys, type RunItemFilter } from "@/api/queries/runs";
import type { ItemRow, RunObject } from "@/api/types";
import { useWindow, type LoadPage } from "@/api/useWindow";
import { EmptyState } from "@/components/ui/EmptyState";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { SearchBox } from "@/components/ui/SearchBox";
import { Segments } from "@/components/ui/Segments";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { Verdict } from "@/components/ui/Verdict";
import { VirtualTable, type VirtualColumn } from "@/components/ui/VirtualTable";
import { datapointColumn, itemKey } from "@/features/items/itemColumns";
import { ItemDrawer } from "@/features/items/ItemDrawer";
import { duration, plural } from "@/lib/format";
import { preview } from "@/lib/values";
import type { RunSearch } from "@/routes/search";
import classes from "./RunPage.module.css";
import { scoreColumns } from "./scoreColumns";

const route = getRouteApi("/runs/$id");
const VERDICTS = [
  { value: "", label: "Any" },
  { value: "yes", label: "Passed" },
  { value: "no", label: "Not passed" },
];

interface Props {
  run: RunObject;
  live: boolean;
  /** The names of the run's metrics; each gets a column. */
  metrics: readonly string[];
}

/** Every datapoint of the run with its output beside the ground truth. */
export function RunItems({ run, live, metrics }: Props) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [range, setRange] = useState({ first: 0, last: 0 });
  const filter = useRunFilter(search);
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
  return (
    <Panel
      title="Datapoints"
      note={rows.isPending ? undefined : plural(rows.total, "item")}
      actions={
        <div className={classes.tools}>
          <Segments
            label="Verdict"
            value={search.passed ?? ""}
            options={VERDICTS}
            onChange={(value) =>
              set({ passed: value === "" ? undefined : (value as "yes" | "no") })
            }
          />
          <SearchBox
            value={search.q ?? ""}
            label="Search in items"
            onSearch={(text) => set({ q: text || undefined })}
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
          columns={columns((row) => set({ item: itemKey(row) }), metrics)}
          total={rows.total}
          at={rows.at}
          onRange={setRange}
          minWidth={880 + 90 * Math.min(8, metrics.length)}
        />
      )}
      <ItemDrawer
        item={search.item}
        candidates={[{ runId: run.run_id, name: run.candidate || run.name }]}
        find={(matches) => {
          for (let index = range.first; index <= range.last; index += 1) {
            const row = rows.at(index);
            if (row && matches(row)) return row;
          }
          return undefined;
        }}
        fetchBy={(text, signal) => fetchRunItems(run.run_id, { search: text }, 1, 50, signal)}
        onClose={() => set({ item: undefined })}
        repeats={run.repeats}
        onItem={(item) => set({ item })}
      />
    </Panel>
  );
}

function useRunFilter({ status, passed, q }: RunSearch): RunItemFilter {
  return useMemo(
    () => ({ status, passed: passed === undefined ? undefined : passed === "yes", search: q }),
    [status, passed, q],
  );
}

function columns(
  open: (row: ItemRow) => void,
  metrics: readonly string[],
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
    ...scoreColumns(metrics),
    {
      key: "latency",
      header: "Latency",
      track: "72px",
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
