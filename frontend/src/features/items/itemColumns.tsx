import type { ItemRow } from "@/api/types";
import { Verdict } from "@/components/ui/Verdict";
import type { VirtualColumn } from "@/components/ui/VirtualTable";
import { modelName } from "@/lib/format";
import { preview } from "@/lib/values";
import classes from "./items.module.css";

/** Names a row in an address: the repeat and the datapoint. */
export function itemKey(row: ItemRow): string {
  return `${row.answers[0]?.repeat ?? 0}:${row.datapoint.id}`;
}

interface ModelRun {
  model: string;
  run_id: string;
}

/** One column for the datapoint and its gold, one per model. */
export function itemColumns(
  runs: readonly ModelRun[],
  open: (row: ItemRow) => void,
): VirtualColumn<ItemRow>[] {
  return [
    datapointColumn(open),
    {
      key: "inputs",
      header: "Inputs",
      track: "minmax(220px, 1fr)",
      cell: (row) => preview(row.datapoint.inputs),
    },
    {
      key: "gold",
      header: "Ground truth",
      track: "minmax(90px, 150px)",
      cell: (row) => preview(row.datapoint.ground_truth),
    },
    ...runs.map((run) => ({
      key: run.run_id,
      header: <span title={run.model}>{modelName(run.model)}</span>,
      track: "minmax(84px, 128px)",
      align: "center" as const,
      cell: (row: ItemRow) => {
        const answer = row.answers.find((one) => one.run_id === run.run_id);
        return <Verdict passed={answer?.passed} status={answer?.status} />;
      },
    })),
  ];
}

export function datapointColumn(open: (row: ItemRow) => void): VirtualColumn<ItemRow> {
  return {
    key: "id",
    header: "Datapoint",
    track: "minmax(96px, 150px)",
    cell: (row) => {
      const repeat = row.answers[0]?.repeat ?? 0;
      return (
        <button
          type="button"
          className={classes.open}
          onClick={() => open(row)}
          title={row.datapoint.id}
          aria-label={`Open ${row.datapoint.id}${repeat > 0 ? `, repeat ${repeat + 1}` : ""}`}
        >
          {row.datapoint.id}
          {repeat > 0 && <span className="muted"> · {repeat + 1}</span>}
        </button>
      );
    },
  };
}
