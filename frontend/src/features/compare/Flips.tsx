import { Select } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { fetchRunItems } from "@/api/queries/runs";
import type { ItemRow, RunComparison } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { Pager } from "@/components/ui/Pager";
import { Panel } from "@/components/ui/Panel";
import { ItemDrawer } from "@/features/items/ItemDrawer";
import { itemKey } from "@/features/items/itemColumns";
import { preview } from "@/lib/values";
import classes from "./ComparePage.module.css";

const PAGE = 20;

interface Flip {
  id: string;
  improved: boolean;
  newer: ItemRow | undefined;
  older: ItemRow | undefined;
}

/** The datapoints whose score moved, with both outputs beside each other. */
export function Flips({ comparison }: { comparison: RunComparison }) {
  const names = comparison.metrics.map((row) => row.metric_name);
  const [name, setName] = useState(names[0] ?? "");
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState<Flip | null>(null);
  const chosen = comparison.metrics.find((row) => row.metric_name === name);
  const ids = [
    ...(chosen?.degraded ?? []).map((id) => ({ id, improved: false })),
    ...(chosen?.improved ?? []).map((id) => ({ id, improved: true })),
  ];
  const { old_run: older, new_run: newer } = comparison;
  const flips = useFlips(ids.slice((page - 1) * PAGE, page * PAGE), newer.run_id, older.run_id);
  const row = open && joined(open);
  return (
    <Panel
      title="Flipped datapoints"
      note="Those that got worse come first."
      actions={
        <Select
          aria-label="Metric"
          data={names}
          value={name}
          allowDeselect={false}
          size="xs"
          onChange={(value) => {
            setName(value ?? "");
            setPage(1);
          }}
        />
      }
      flush
    >
      {ids.length === 0 ? (
        <EmptyState title="No datapoint changed on this metric">
          <p>Both runs score every common datapoint alike.</p>
        </EmptyState>
      ) : (
        <>
          <DataTable
            caption={`Datapoints that changed on ${name}`}
            columns={columns(newer.name, older.name, setOpen)}
            rows={flips}
            rowKey={(flip) => flip.id}
            minWidth={900}
          />
          <Pager page={page} limit={PAGE} total={ids.length} noun="datapoints" onPage={setPage} />
        </>
      )}
      <ItemDrawer
        item={row ? itemKey(row) : undefined}
        candidates={[
          { runId: older.run_id, name: `${older.name} (old)` },
          { runId: newer.run_id, name: `${newer.name} (new)` },
        ]}
        find={() => row ?? undefined}
        fetchBy={(text, signal) => fetchRunItems(newer.run_id, { search: text }, 1, 50, signal)}
        onClose={() => setOpen(null)}
      />
    </Panel>
  );
}

/** One row that holds both runs' answers. */
function joined({ newer, older }: Flip): ItemRow | null {
  const base = newer ?? older;
  if (!base) return null;
  return { ...base, answers: [...(older?.answers ?? []), ...(newer?.answers ?? [])] };
}

/** Loads both runs' items of the datapoints on the page, one small request each. */
function useFlips(
  ids: readonly { id: string; improved: boolean }[],
  newer: string,
  older: string,
): Flip[] {
  const wanted = ids.flatMap(({ id }) => [
    { id, run: newer },
    { id, run: older },
  ]);
  const answers = useQueries({
    queries: wanted.map(({ id, run }) => ({
      queryKey: ["runs", "detail", run, "item", id],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const found = await fetchRunItems(run, { search: id }, 1, 10, signal);
        return found.items.find((row) => row.datapoint.id === id) ?? null;
      },
      staleTime: 60_000,
    })),
  });
  return ids.map((one, index) => ({
    ...one,
    newer: answers[2 * index]?.data ?? undefined,
    older: answers[2 * index + 1]?.data ?? undefined,
  }));
}

function columns(newer: string, older: string, open: (flip: Flip) => void): Column<Flip>[] {
  return [
    {
      key: "id",
      header: "Datapoint",
      cell: (flip) => (
        <button type="button" className={classes.open} onClick={() => open(flip)}>
          {flip.id}
        </button>
      ),
    },
    {
      key: "way",
      header: "Change",
      cell: (flip) => (
        <span className={flip.improved ? classes.up : classes.down}>
          {flip.improved ? "▲ improved" : "▼ degraded"}
        </span>
      ),
    },
    {
      key: "inputs",
      header: "Inputs",
      cell: (flip) => cut(flip.newer?.datapoint.inputs ?? flip.older?.datapoint.inputs),
    },
    {
      key: "gold",
      header: "Ground truth",
      cell: (flip) => cut(flip.newer?.datapoint.ground_truth),
    },
    { key: "old", header: `Old: ${older}`, cell: (flip) => cut(flip.older?.answers[0]?.output) },
    { key: "new", header: `New: ${newer}`, cell: (flip) => cut(flip.newer?.answers[0]?.output) },
  ];
}

function cut(value: unknown) {
  return value === undefined ? <span className="muted">–</span> : preview(value, 90);
}
