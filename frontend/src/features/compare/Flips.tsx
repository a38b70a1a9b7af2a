import { Select } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { fetchRunItems } from "@/api/queries/runs";
import type { ComparedMetric, ItemRow, Paged, RunComparison } from "@/api/types";
import { EmptyState } from "@/components/ui/EmptyState";
import { Pager } from "@/components/ui/Pager";
import { Panel } from "@/components/ui/Panel";
import { Segments } from "@/components/ui/Segments";
import { ItemDrawer, type Neighbours } from "@/features/items/ItemDrawer";
import { itemKey } from "@/features/items/itemColumns";
import { count } from "@/lib/format";
import type { CompareSearch } from "@/routes/search";
import { byWeight, metricKey, metricTitle } from "./sentences";
import { FlipCard } from "./FlipCard";
import { firstOfEach, useFlips, type Change, type Flip } from "./useFlips";
import classes from "./Flips.module.css";

const route = getRouteApi("/runs/compare");
const PAGE = 20;

/** The datapoints of one metric by how they moved, with both outputs beside each other. */
export function Flips({ comparison }: { comparison: RunComparison }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
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
  const { item } = search;
  const shown = flips.find(({ id }) => id === item);
  const row = shown && joined(shown);
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
                onOpen={() => set({ item: flip.id, page: search.page })}
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
        item={item === undefined ? undefined : row ? itemKey(row) : `0:${item}`}
        candidates={[
          { runId: older.run_id, name: `${older.name} (old)` },
          { runId: newer.run_id, name: `${newer.name} (new)` },
        ]}
        find={() => row ?? undefined}
        fetchBy={(id, signal) => fetchBoth(older.run_id, newer.run_id, id, signal)}
        onClose={() => set({ item: undefined, page: search.page })}
        neighbours={neighboursOf(ids, item, (id, place) =>
          set({ item: id, page: place < PAGE ? undefined : Math.floor(place / PAGE) + 1 }),
        )}
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

/** The way through the datapoints that moved the same way, over all pages. */
function neighboursOf(
  ids: readonly string[],
  item: string | undefined,
  go: (id: string, place: number) => void,
): Neighbours | undefined {
  const place = item === undefined ? -1 : ids.indexOf(item);
  if (place < 0) return undefined;
  const stepTo = (next: number) => {
    const id = ids[next];
    return id === undefined ? undefined : () => go(id, next);
  };
  return {
    place: `${count(place + 1)} of ${count(ids.length)}`,
    previous: stepTo(place - 1),
    next: stepTo(place + 1),
  };
}

/** Both runs' answers of a datapoint that no page shows. */
async function fetchBoth(
  older: string,
  newer: string,
  id: string,
  signal: AbortSignal,
): Promise<Paged<ItemRow>> {
  const pages = await Promise.all(
    [older, newer].map((run) => fetchRunItems(run, { datapoint_id: [id] }, 1, 50, signal)),
  );
  const [from, to] = pages.map((page) => firstOfEach(page.items).get(id));
  const row = joined({ newer: to, older: from });
  return { items: row ? [row] : [], page: 1, limit: 1, total: row ? 1 : 0 };
}

/** One row that holds both runs' answers. */
function joined({ newer, older }: Pick<Flip, "newer" | "older">): ItemRow | null {
  const base = newer ?? older;
  if (!base) return null;
  return { ...base, answers: [...(older?.answers ?? []), ...(newer?.answers ?? [])] };
}
