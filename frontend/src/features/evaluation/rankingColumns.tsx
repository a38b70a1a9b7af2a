import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ModelSummary } from "@/api/types";
import type { Column } from "@/components/ui/DataTable";
import { IntervalAxis, IntervalBar } from "@/components/ui/IntervalBar";
import { LedgerBar } from "@/components/ui/LedgerBar";
import type { Axis } from "@/lib/axis";
import {
  count,
  figure,
  duration,
  intervalText,
  metric,
  modelName,
  money,
  percent,
} from "@/lib/format";
import classes from "./Ranking.module.css";

/** Metrics that other columns show already: the pass rate itself and the ledger's share. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(["pass_rate", "completion_rate"]);

/** The columns of the ranking; one per metric beside the fixed ones. */
export function rankingColumns(
  models: readonly ModelSummary[],
  axis: Axis,
  leader: ModelSummary | undefined,
): Column<ModelSummary>[] {
  const names = [...new Set(models.flatMap((model) => Object.keys(model.metrics)))].filter(
    (name) => !SAID_ELSEWHERE.has(name),
  );
  return [
    {
      key: "rank",
      header: "Rank",
      width: "44px",
      cell: (model) => <span className={classes.rank}>{rankText(model, models)}</span>,
    },
    {
      key: "model",
      header: "Model",
      cell: (model) => <Model model={model} leader={leader?.model ?? null} />,
    },
    {
      key: "rate",
      header: (
        <span className={classes.rateHead}>
          <span>Pass rate, %</span>
          <IntervalAxis axis={axis} />
        </span>
      ),
      width: "300px",
      cell: (model) => (
        <IntervalBar
          value={model.pass_rate}
          interval={model.interval}
          axis={axis}
          band={leader?.interval ?? null}
        />
      ),
    },
    {
      key: "figure",
      header: <span className="visually-hidden">Pass rate</span>,
      align: "end",
      cell: (model) => (
        <span className={classes.figure}>
          <strong>{percent(model.pass_rate)}</strong>
          <span className={classes.small}>{intervalText(model.interval)}</span>
        </span>
      ),
    },
    {
      key: "n",
      header: (
        <Tooltip label="Answers the pass rate stands on">
          <span>n</span>
        </Tooltip>
      ),
      align: "end",
      cell: (model) => count(model.answered),
    },
    {
      key: "ledger",
      header: "What became of the items",
      width: "150px",
      cell: (model) => <LedgerBar ledger={model} />,
    },
    ...names.map((name) => metricColumn(name)),
    {
      key: "cost",
      header: "Cost",
      align: "end",
      cell: (model) => <Cost model={model} />,
    },
    {
      key: "per",
      header: "per 1,000",
      align: "end",
      cell: (model) => money(model.cost_per_1000_usd),
    },
    {
      key: "latency",
      header: "Latency p50 · p95",
      align: "end",
      cell: (model) => (
        <span className={classes.pair}>
          {duration(model.latency.p50_seconds)} · {duration(model.latency.p95_seconds)}
        </span>
      ),
    },
  ];
}

function rankText(model: ModelSummary, models: readonly ModelSummary[]): string {
  const shared = models.filter((other) => other.rank === model.rank).length > 1;
  return shared ? `${model.rank}=` : String(model.rank);
}

function metricColumn(name: string): Column<ModelSummary> {
  return {
    key: `metric-${name}`,
    header: name.replaceAll("_", " "),
    align: "end",
    cell: (model) => {
      const detail = model.metric_details?.[name];
      const [low, high] = detail?.interval ?? [];
      const range = low === undefined ? "" : `, 95 % interval ${metric(low)} to ${metric(high)}`;
      return (
        <span title={detail ? `n = ${count(detail.n)}${range}` : undefined}>
          {figure(model.metrics[name])}
        </span>
      );
    },
  };
}

function Model({ model, leader }: { model: ModelSummary; leader: string | null }) {
  return (
    <span className={classes.model}>
      <Link to="/runs/$id" params={{ id: model.run_id }} title={model.model}>
        {modelName(model.model)}
      </Link>
      <span className={classes.marks}>
        {model.model === leader && <span className={classes.tied}>leader</span>}
        {model.model !== leader && model.tied_with_leader && (
          <span className={classes.tied}>tied with the leader</span>
        )}
        {model.on_pareto_front && (
          <Tooltip label="No other model is better in quality, cost and latency at once" maw={260}>
            <span className={classes.pareto} tabIndex={0}>
              Pareto
            </span>
          </Tooltip>
        )}
      </span>
    </span>
  );
}

function Cost({ model }: { model: ModelSummary }) {
  if (model.cost_usd === null) {
    return (
      <Tooltip label="No price and no billed cost is known for this model" maw={260}>
        <span className="muted" tabIndex={0}>
          unknown
        </span>
      </Tooltip>
    );
  }
  const ended = model.planned - model.skipped;
  const partly =
    model.cost_known < ended ? `, known for ${count(model.cost_known)} of ${count(ended)}` : "";
  return (
    <span title={`${model.cost_source}${partly}`}>
      {money(model.cost_usd)}
      {partly && " +"}
    </span>
  );
}
