import { Select } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { fetchRunItems } from "@/api/queries/runs";
import type { ComparedMetric, ItemRow, RunComparison } from "@/api/types";
import { EmptyState } from "@/components/ui/EmptyState";
import { Pager } from "@/components/ui/Pager";
import { Panel } from "@/components/ui/Panel";
import { Segments } from "@/components/ui/Segments";
import { ItemDrawer } from "@/features/items/ItemDrawer";
import { itemKey } from "@/features/items/itemColumns";
import { count } from "@/lib/format";
import type { CompareSearch } from "@/routes/search";
import { byWeight, metricKey, metricTitle } from "./sentences";
import { FlipCard } from "./FlipCard";
import { useFlips, type Change, type Flip } from "./useFlips";
import classes from "./Flips.module.css";

const route = getRouteApi("/runs/compare");
const PAGE = 20;

/** The datapoints of one metric by how they moved, with both outputs beside each other. */
export function Flips({ comparison }: { comparison: RunComparison }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<Flip | null>(null);
  const names = comparison.metrics.map((row) => ({
    value: metricKey(row),
    label: metricTitle(row, comparison.metrics),
  }));
  const chosen =
    comparison.metrics.find((row) => metricKey(row) === search.metric) ??
    byWeight(comparison.metrics)[0];
  const way = search.way ?? firstWay(chosen);
  const page = search.page ?? 1;
  const ids = chosen?.[way] ?? [];
  const { old_run: older, new_run: newer } = comparison;
  const flips = useFlips(
    ids.slice((page - 1) * PAGE, page * PAGE).map((id) => ({ id, change: way })),
    newer.run_id,
    older.run_id,
  );
  const set = (change: Partial<CompareSearch>) =>
    void navigate({
      search: { ...search, page: undefined, ...change },
      replace: true,
      resetScroll: false,
    });
  const row = open && joined(open);
  return (
    <Panel
      title="Datapoints that moved"
      note="Old and new output beside each other; what differs is marked."
      actions={
        <div className={classes.tools}>
          <Select
            aria-label="Metric"
            data={names}
            value={chosen ? metricKey(chosen) : null}
            allowDeselect={false}
            size="xs"
            w={170}
            onChange={(metric) => set({ metric: metric ?? undefined, way: undefined })}
          />
          <Segments
            label="Change"
            value={way}
            options={waysOf(chosen)}
            onChange={(value) => set({ way: value as Change })}
          />
        </div>
      }
      flush
    >
      {ids.length === 0 ? (
        <EmptyState title={`No datapoint ${WORDS[way]}`}>
          <p>{way === "same" ? "Every common one moved." : "Choose another change or metric."}</p>
        </EmptyState>
      ) : (
        <>
          <ol className={classes.list} aria-label={`Datapoints that ${WORDS[way]}`}>
            {flips.map((flip) => (
              <FlipCard
                key={flip.id}
                flip={flip}
                metric={chosen}
                candidates={{ older: older.candidate, newer: newer.candidate }}
                names={{ older: older.name, newer: newer.name }}
                onOpen={() => setOpen(flip)}
              />
            ))}
          </ol>
          <Pager
            page={page}
            limit={PAGE}
            total={ids.length}
            noun="datapoints"
            onPage={(next) => set({ page: next === 1 ? undefined : next })}
          />
        </>
      )}
      <ItemDrawer
        item={row ? itemKey(row) : undefined}
        candidates={[
          { runId: older.run_id, name: `${older.name} (old)` },
          { runId: newer.run_id, name: `${newer.name} (new)` },
        ]}
        find={() => row ?? undefined}
        fetchBy={(id, signal) => fetchRunItems(newer.run_id, { datapoint_id: [id] }, 1, 50, signal)}
        onClose={() => setOpen(null)}
      />
    </Panel>
  );
}

const WORDS: Record<Change, string> = {
  degraded: "got worse",
  improved: "got better",
  same: "stayed the same",
};

/** What got worse comes first, where there is any. */
function firstWay(metric: ComparedMetric | undefined): Change {
  if (!metric || metric.degraded_count > 0) return "degraded";
  return metric.improved_count > 0 ? "improved" : "same";
}

function waysOf(metric: ComparedMetric | undefined) {
  return [
    { value: "degraded", label: `Degraded ${count(metric?.degraded_count)}` },
    { value: "improved", label: `Improved ${count(metric?.improved_count)}` },
    { value: "same", label: `Same ${count(metric?.same_count)}` },
  ];
}

/** One row that holds both runs' answers. */
function joined({ newer, older }: Flip): ItemRow | null {
  const base = newer ?? older;
  if (!base) return null;
  return { ...base, answers: [...(older?.answers ?? []), ...(newer?.answers ?? [])] };
}
