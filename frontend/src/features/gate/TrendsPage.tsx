import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { gateQueries } from "@/api/queries/gate";
import type { CheckResult, TrendSummary } from "@/api/types";
import { EmptyState } from "@/components/ui/EmptyState";
import { Panel } from "@/components/ui/Panel";
import { Segments } from "@/components/ui/Segments";
import { GateAnswer, GatePlace } from "./GatePlace";
import { ChartLegend, TrendChart } from "./TrendChart";
import { TrendOverview } from "./TrendOverview";
import { TrendRuns } from "./TrendRuns";
import { DirectionMark } from "./marks";
import classes from "./TrendsPage.module.css";

const route = getRouteApi("/gate");
export const DEFAULT_RUNS = 30;
const RUNS = [10, DEFAULT_RUNS, 100];

/** Every eval type's pass rate over its runs, and what happened to the prompts meanwhile. */
export function TrendsPage() {
  const { runs = DEFAULT_RUNS } = route.useSearch();
  const navigate = route.useNavigate();
  const trends = useQuery(gateQueries.trends(runs));
  return (
    <GatePlace
      title="Trends"
      actions={
        <Segments
          label="Runs shown"
          value={String(runs)}
          options={RUNS.map((each) => ({ value: String(each), label: `${each} runs` }))}
          onChange={(value) =>
            void navigate({
              search: { runs: Number(value) === DEFAULT_RUNS ? undefined : Number(value) },
              replace: true,
            })
          }
        />
      }
    >
      <GateAnswer query={trends}>
        {(summaries) => (summaries.length === 0 ? <NoRuns /> : <Trends summaries={summaries} />)}
      </GateAnswer>
    </GatePlace>
  );
}

function NoRuns() {
  return (
    <div className="surface">
      <EmptyState title="No eval runs found">
        <p>
          The ledger answers and holds no run of this gate&apos;s experiments. Start one from{" "}
          <Link to="/gate/suites">Suites</Link> or with <code>assay run-evals --suite core</code>.
        </p>
      </EmptyState>
    </div>
  );
}

function Trends({ summaries }: { summaries: TrendSummary[] }) {
  const setup = useQuery(gateQueries.setup());
  const check = useQuery(gateQueries.check({}));
  const threshold = (name: string) =>
    setup.data?.thresholds[name] ?? setup.data?.default_threshold ?? null;
  return (
    <>
      <TrendOverview summaries={summaries} verdicts={verdictsOf(check.data)} />
      <ChartLegend />
      <div className={classes.charts}>
        {summaries.map((summary) => (
          <div key={summary.eval_type} id={anchor(summary.eval_type)} className={classes.place}>
            <Panel title={summary.eval_type} actions={<DirectionMark summary={summary} />}>
              {summary.points.length === 0 ? (
                <p className="muted">No finished runs yet.</p>
              ) : (
                <>
                  <TrendChart summary={summary} threshold={threshold(summary.eval_type)} />
                  <TrendRuns summary={summary} />
                </>
              )}
            </Panel>
          </div>
        ))}
      </div>
    </>
  );
}

/** The place of an eval type's chart on the page. */
export function anchor(evalType: string): string {
  return `trend-${evalType}`;
}

function verdictsOf(check: CheckResult | undefined) {
  return new Map((check?.reports ?? []).map((report) => [report.eval_type, report]));
}
