import type { ComparedMetric } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Panel } from "@/components/ui/Panel";
import { change, count, figure, pValue, testName } from "@/lib/format";
import { changeOf, delta, metricKey, metricTitle } from "./sentences";
import classes from "./ComparePage.module.css";

/** Old and new value of each metric, with what the difference is worth. */
export function Deltas({ metrics }: { metrics: ComparedMetric[] }) {
  return (
    <Panel title="Metrics" note="Paired by datapoint; p adjusted over the metrics shown." flush>
      <DataTable
        caption="Metrics of the two runs"
        columns={[nameColumn(metrics), ...COLUMNS]}
        rows={metrics}
        rowKey={metricKey}
        minWidth={860}
      />
    </Panel>
  );
}

const WORDS = { better: "better", worse: "worse", open: "no clear change" };

function nameColumn(rows: readonly ComparedMetric[]): Column<ComparedMetric> {
  return {
    key: "name",
    header: "Metric",
    cell: (row) => (
      <span>
        <strong>{metricTitle(row, rows)}</strong>
        {!row.higher_is_better && (
          <span className={classes.lower} title="Lower is better">
            {" "}
            lower is better
          </span>
        )}
      </span>
    ),
  };
}

const COLUMNS: Column<ComparedMetric>[] = [
  { key: "old", header: "Old", align: "end", cell: (row) => figure(row.old_aggregate) },
  { key: "new", header: "New", align: "end", cell: (row) => figure(row.new_aggregate) },
  { key: "delta", header: "Change", align: "end", cell: (row) => <Delta row={row} /> },
  {
    key: "interval",
    header: "95 % interval",
    align: "end",
    cell: ({ significance }) => {
      const [low, high] = significance?.interval ?? [];
      return low === undefined || high === undefined ? "–" : `[${change(low)}, ${change(high)}]`;
    },
  },
  {
    key: "p",
    header: "p, adjusted",
    align: "end",
    cell: ({ significance }) => (
      <span
        title={
          significance
            ? `${testName(significance.test)}; unadjusted p ${pValue(significance.p_value)}`
            : undefined
        }
      >
        {pValue(significance?.p_value_adjusted ?? significance?.p_value)}
      </span>
    ),
  },
  { key: "counts", header: "Datapoints", width: "230px", cell: (row) => <Counts row={row} /> },
  {
    key: "verdict",
    header: "Verdict",
    cell: (row) => {
      const way = changeOf(row);
      return (
        <span className={classes.verdict} data-change={way}>
          {WORDS[way]}
        </span>
      );
    },
  },
];

function Delta({ row }: { row: ComparedMetric }) {
  const difference = delta(row);
  return <strong>{difference === null ? "–" : change(difference)}</strong>;
}

function Counts({ row }: { row: ComparedMetric }) {
  const label = `${count(row.improved_count)} improved, ${count(row.degraded_count)} degraded, ${count(row.same_count)} the same`;
  return (
    <span className={classes.counts}>
      <span className={classes.bar} role="img" aria-label={label}>
        <span style={{ flexGrow: row.improved_count }} data-part="improved" />
        <span style={{ flexGrow: row.same_count }} data-part="same" />
        <span style={{ flexGrow: row.degraded_count }} data-part="degraded" />
      </span>
      <span className={classes.figures} aria-hidden="true">
        <span className={classes.up}>▲ {count(row.improved_count)}</span>
        <span className="muted">= {count(row.same_count)}</span>
        <span className={classes.down}>▼ {count(row.degraded_count)}</span>
      </span>
    </span>
  );
}
