import { Link } from "@tanstack/react-router";
import type { EvaluationReport, ModelComparison } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { IntervalBar } from "@/components/ui/IntervalBar";
import { Panel } from "@/components/ui/Panel";
import type { Axis } from "@/lib/axis";
import { count, intervalText, modelName, plural, points, pValue, testName } from "@/lib/format";
import type { Outcome } from "@/routes/search";
import { verdictOf } from "./sentences";
import classes from "./Pairwise.module.css";

/** Every two models paired item by item. */
export function Pairwise({ report }: { report: EvaluationReport }) {
  if (report.comparisons.length === 0) return null;
  const axis = differenceAxis(report.comparisons);
  const tests = report.comparisons.map((pair) => testName(pair.test));
  const test = [...new Set(tests.filter((name) => !name.startsWith("none")))].join(", ");
  return (
    <Panel
      title="Pair by pair"
      note={`Only items both models answered. ${test ? `Tested by ${test}; ` : ""}p adjusted by Holm over ${plural(report.comparisons.length, "comparison")}. Open a cell to read its items.`}
      flush
    >
      <DataTable
        caption="Pairwise comparisons of models"
        columns={columns(report.run_id, axis)}
        rows={report.comparisons}
        rowKey={(pair) => `${pair.a} ${pair.b}`}
        minWidth={640}
      />
    </Panel>
  );
}

/** An axis around zero that holds every interval. */
function differenceAxis(pairs: readonly ModelComparison[]): Axis {
  const ends = pairs.flatMap((pair) => [...(pair.interval ?? []), pair.difference ?? 0]);
  const reach = Math.min(1, Math.max(0.05, ...ends.map(Math.abs)) * 1.05);
  return { low: -reach, high: reach, ticks: [0] };
}

function columns(id: string, axis: Axis): Column<ModelComparison>[] {
  return [
    {
      key: "pair",
      header: "Models",
      cell: (pair) => (
        <span className={classes.names}>
          <span title={pair.a}>{modelName(pair.a)}</span>
          <span title={pair.b}>
            <span className="muted">against </span>
            {modelName(pair.b)}
          </span>
        </span>
      ),
    },
    {
      key: "cells",
      header: <CellKey />,
      width: "150px",
      cell: (pair) => <FourFold id={id} pair={pair} />,
    },
    {
      key: "difference",
      header: "Difference",
      width: "170px",
      cell: (pair) => <Difference pair={pair} axis={axis} />,
    },
    {
      key: "p",
      header: "p, adjusted",
      align: "end",
      cell: (pair) => (
        <span className={classes.p}>
          <span>{pValue(pair.p_value)}</span>
          <span className="muted">{pValue(pair.p_value_adjusted)}</span>
        </span>
      ),
    },
    {
      key: "verdict",
      header: "Verdict",
      cell: (pair) => <span className={classes.verdict}>{verdictOf(pair)}</span>,
    },
  ];
}

function Difference({ pair, axis }: { pair: ModelComparison; axis: Axis }) {
  const certain = (pair.p_value_adjusted ?? pair.p_value ?? 1) < 0.05;
  return (
    <span className={classes.difference}>
      <span className={classes.bar}>
        <IntervalBar
          value={pair.difference}
          interval={pair.interval}
          axis={axis}
          tone={certain ? "accent" : "quiet"}
        />
      </span>
      <span className={classes.small}>
        {points(pair.difference)} {intervalText(pair.interval)}
      </span>
    </span>
  );
}

/** What the four cells of a pair hold. */
function CellKey() {
  return (
    <span className={classes.key}>
      <span>both</span>
      <span>only 1st</span>
      <span>only 2nd</span>
      <span>neither</span>
    </span>
  );
}

const CELLS: readonly { outcome: Outcome; words: (a: string, b: string) => string }[] = [
  { outcome: "both", words: () => "passed by both" },
  { outcome: "a_only", words: (a) => `passed only by ${a}` },
  { outcome: "b_only", words: (_, b) => `passed only by ${b}` },
  { outcome: "neither", words: () => "passed by neither" },
];

/** The 2 × 2 table of a pair; each cell leads to its items. */
function FourFold({ id, pair }: { id: string; pair: ModelComparison }) {
  const [a, b] = [modelName(pair.a), modelName(pair.b)];
  return (
    <span className={classes.fourfold}>
      {CELLS.map(({ outcome, words }) => (
        <Link
          key={outcome}
          to="/evaluations/$id"
          params={{ id }}
          search={{ tab: "items", a: pair.a, b: pair.b, outcome }}
          className={classes.cell}
          data-outcome={outcome}
          title={`${count(pair[outcome])} ${words(a, b)}`}
          aria-label={`${count(pair[outcome])} ${words(a, b)}`}
        >
          {count(pair[outcome])}
        </Link>
      ))}
    </span>
  );
}
