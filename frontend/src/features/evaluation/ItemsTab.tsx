import { Select } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { evaluationKeys, fetchItems, fetchPairs } from "@/api/queries/evaluations";
import type { EvaluationReport, ItemRow } from "@/api/types";
import { useWindow, type LoadPage } from "@/api/useWindow";
import { CrossIcon } from "@/components/ui/icons";
import { EmptyState } from "@/components/ui/EmptyState";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { SearchBox } from "@/components/ui/SearchBox";
import { Segments } from "@/components/ui/Segments";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { VirtualTable } from "@/components/ui/VirtualTable";
import { ItemDrawer } from "@/features/items/ItemDrawer";
import { itemColumns, itemKey } from "@/features/items/itemColumns";
import { modelName, plural } from "@/lib/format";
import type { EvaluationSearch } from "@/routes/search";
import classes from "./ItemsTab.module.css";
import { isLive } from "./useEvaluation";

const route = getRouteApi("/evaluations/$id");
const STATUSES = ["scored", "failed", "truncated", "refused", "unparseable", "judge_error"];
const VERDICTS = [
  { value: "", label: "Any" },
  { value: "yes", label: "Passed" },
  { value: "no", label: "Not passed" },
];

/** Every datapoint with what each model made of it. */
export default function ItemsTab({ report }: { report: EvaluationReport }) {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [range, setRange] = useState({ first: 0, last: 0 });
  const { filter, load } = useSource(id, search);
  const refresh = isLive(report.status) ? 5_000 : false;
  const rows = useWindow(evaluationKeys.rows(id, filter), load, range, refresh);
  const models =
    search.a && search.b ? [search.a, search.b] : report.models.map((one) => one.model);
  const runs = report.models.filter((one) => models.includes(one.model));
  const set = (change: Partial<EvaluationSearch>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false });
  const columns = itemColumns(runs, (row) => set({ item: itemKey(row) }));

  return (
    <section className="surface" aria-label="Items">
      <Filters report={report} search={search} set={set} />
      {rows.error !== null && (
        <div className={classes.inset}>
          <ProblemNote error={rows.error} onRetry={rows.refetch} />
        </div>
      )}
      {rows.isPending && <TableSkeleton rows={10} />}
      {!rows.isPending && rows.error === null && rows.total === 0 && (
        <EmptyState title="No item matches">
          <p>
            Loosen the filters, or{" "}
            <Link to="/evaluations/$id" params={{ id }} search={{ tab: "items" }}>
              show all items
            </Link>
            .
          </p>
        </EmptyState>
      )}
      {rows.total > 0 && (
        <>
          <p className={classes.count} role="status">
            {plural(rows.total, "item")}
          </p>
          <VirtualTable
            label="Items by model"
            columns={columns}
            total={rows.total}
            at={rows.at}
            onRange={setRange}
            minWidth={560 + runs.length * 100}
          />
        </>
      )}
      <ItemDrawer
        item={search.item}
        candidates={runs.map((run) => ({ runId: run.run_id, name: modelName(run.model) }))}
        find={(matches: (row: ItemRow) => boolean) => found(rows.at, range, matches)}
        fetchBy={(text, signal) => fetchItems(id, { search: text }, 1, 50, signal)}
        onClose={() => set({ item: undefined })}
      />
    </section>
  );
}

function found(
  at: (index: number) => ItemRow | undefined,
  { first, last }: { first: number; last: number },
  matches: (row: ItemRow) => boolean,
): ItemRow | undefined {
  for (let index = first; index <= last; index += 1) {
    const row = at(index);
    if (row && matches(row)) return row;
  }
  return undefined;
}

/** Where the rows come from: a pair's outcome, or the items as filtered. */
function useSource(id: string, search: EvaluationSearch) {
  const { a, b, outcome, model, status, passed, q } = search;
  const pair = a && b ? { a, b, outcome } : null;
  const filter = pair ?? { model, status, passed: passed && passed === "yes", search: q };
  const key = JSON.stringify(filter);
  const load: LoadPage<ItemRow> = useCallback(
    (page, limit, signal) =>
      "a" in filter
        ? fetchPairs(id, filter, page, limit, signal)
        : fetchItems(id, filter, page, limit, signal),
    // The key stands for the filter, which is built anew at each render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [id, key],
  );
  return { filter, load };
}

interface FiltersProps {
  report: EvaluationReport;
  search: EvaluationSearch;
  set: (change: Partial<EvaluationSearch>) => void;
}

function Filters({ report, search, set }: FiltersProps) {
  if (search.a && search.b) return <PairFilter search={search} set={set} />;
  return (
    <div className={classes.tools}>
      <SearchBox
        value={search.q ?? ""}
        label="Search in items"
        onSearch={(text) => set({ q: text || undefined })}
      />
      <Segments
        label="Verdict"
        value={search.passed ?? ""}
        options={VERDICTS}
        onChange={(value) => set({ passed: value === "" ? undefined : (value as "yes" | "no") })}
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        data={STATUSES}
        value={search.status ?? null}
        onChange={(value) => set({ status: (value ?? undefined) as EvaluationSearch["status"] })}
        clearable
        w={150}
      />
      <Select
        aria-label="Model the filters look at"
        placeholder="Any model"
        data={report.models.map(({ model }) => ({ value: model, label: modelName(model) }))}
        value={search.model ?? null}
        onChange={(value) => set({ model: value ?? undefined })}
        clearable
        w={200}
      />
    </div>
  );
}

function PairFilter({ search, set }: Omit<FiltersProps, "report">) {
  const [a, b] = [modelName(search.a ?? ""), modelName(search.b ?? "")];
  const options = [
    { value: "", label: "All pairs" },
    { value: "a_only", label: `Only ${a}` },
    { value: "b_only", label: `Only ${b}` },
    { value: "both", label: "Both" },
    { value: "neither", label: "Neither" },
  ];
  return (
    <div className={classes.tools}>
      <span className={classes.pair}>
        {a} <span className="muted">against</span> {b}
        <button
          type="button"
          className={classes.clear}
          aria-label="Show all models again"
          onClick={() => set({ a: undefined, b: undefined, outcome: undefined })}
        >
          <CrossIcon />
        </button>
      </span>
      <Segments
        label="Passed by"
        value={search.outcome ?? ""}
        options={options}
        onChange={(value) => set({ outcome: (value || undefined) as EvaluationSearch["outcome"] })}
      />
    </div>
  );
}
