import { Link } from "@tanstack/react-router";
import type { RegressionReport, TrendSummary } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Panel } from "@/components/ui/Panel";
import { ago, intervalText, percent, plural } from "@/lib/format";
import { DirectionMark, VerdictMark } from "./marks";
import { Sparkline } from "./Sparkline";
import { anchor } from "./TrendsPage";
import classes from "./TrendsPage.module.css";

type Verdicts = ReadonlyMap<string, RegressionReport>;

interface Props {
  summaries: TrendSummary[];
  verdicts: Verdicts;
}

/** All eval types in one table: how they stand, where they head, what the last check said. */
export function TrendOverview({ summaries, verdicts }: Props) {
  const rates = summaries.flatMap(({ sparkline }) => sparkline.filter((rate) => rate !== null));
  const low = Math.min(0.9, ...rates);
  return (
    <Panel title={plural(summaries.length, "eval type")} flush>
      <DataTable
        caption="Eval types"
        columns={columns(verdicts, low, new Date())}
        rows={summaries}
        rowKey={(summary) => summary.eval_type}
        minWidth={760}
      />
    </Panel>
  );
}

function columns(verdicts: Verdicts, low: number, now: Date): Column<TrendSummary>[] {
  return [
    {
      key: "eval_type",
      header: "Eval type",
      cell: ({ eval_type: name }) => (
        <button type="button" className={classes.jump} onClick={() => jump(name)}>
          {name}
        </button>
      ),
    },
    {
      key: "spark",
      header: "Pass rates",
      width: "140px",
      cell: ({ sparkline }) => <Sparkline rates={sparkline} low={low} />,
    },
    {
      key: "latest",
      header: "Latest",
      align: "end",
      cell: (summary) => (
        <>
          <span className={classes.rate}>{percent(summary.latest_pass_rate)}</span>{" "}
          <span className={classes.interval}>{latestInterval(summary)}</span>
        </>
      ),
    },
    {
      key: "direction",
      header: "Direction",
      cell: (summary) => <DirectionMark summary={summary} />,
    },
    {
      key: "verdict",
      header: "Last verdict",
      cell: ({ eval_type: name }) => {
        const report = verdicts.get(name);
        return report ? (
          <Link
            to="/gate/regressions"
            hash={`report-${name}`}
            aria-label={`${report.verdict} of ${name}`}
          >
            <VerdictMark verdict={report.verdict} />
          </Link>
        ) : (
          <span className="muted">not compared</span>
        );
      },
    },
    {
      key: "last",
      header: "Last run",
      cell: ({ points }) => {
        const last = points.at(-1);
        return last ? (
          <Link to="/gate/runs/$id" params={{ id: last.run_id }}>
            {ago(last.timestamp, now)}
          </Link>
        ) : (
          <span className="muted">none</span>
        );
      },
    },
  ];
}

function latestInterval(summary: TrendSummary): string {
  const last = summary.points.findLast(
    (point) => point.pass_rate === summary.latest_pass_rate && point.interval !== null,
  );
  return last?.interval ? intervalText([last.interval.low, last.interval.high]) : "";
}

/** Brings an eval type's chart into view and puts the keyboard there. */
function jump(evalType: string) {
  const place = document.getElementById(anchor(evalType));
  place?.scrollIntoView({ block: "start" });
  place?.querySelector("summary")?.focus({ preventScroll: true });
}
