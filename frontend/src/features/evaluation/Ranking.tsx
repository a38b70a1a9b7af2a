import type { EvaluationReport, ModelSummary } from "@/api/types";
import { DataTable } from "@/components/ui/DataTable";
import { LedgerLegend } from "@/components/ui/LedgerBar";
import { Panel } from "@/components/ui/Panel";
import { axisAround } from "@/lib/axis";
import { rankingColumns } from "./rankingColumns";
import classes from "./Ranking.module.css";

/** The models in order of quality, with what each figure stands on. */
export function Ranking({ report }: { report: EvaluationReport }) {
  const ends = report.models.flatMap((model) => model.interval ?? []);
  const rates = report.models.flatMap((model) => model.pass_rate ?? []);
  const leader = report.models.find((model) => model.model === report.leader);
  return (
    <Panel
      title="Ranking"
      note="Whiskers are 95 % Wilson intervals on one axis; the gold band is the leader’s."
      actions={<LedgerLegend ledgers={report.models} />}
      flush
    >
      <DataTable
        caption="Models ranked by pass rate"
        columns={rankingColumns(report.models, axisAround([...ends, ...rates]), leader)}
        rows={report.models}
        rowKey={(model) => model.run_id}
        rowTone={(model) => toneOf(model, report.leader)}
        minWidth={1080}
      />
      {report.models.some((model) => model.stop_reason) && <Stopped models={report.models} />}
    </Panel>
  );
}

function toneOf(model: ModelSummary, leader: string | null): string | undefined {
  if (model.model === leader) return "leader";
  return model.tied_with_leader ? "tied" : undefined;
}

function Stopped({ models }: { models: readonly ModelSummary[] }) {
  return (
    <ul className={classes.stopped}>
      {models
        .filter((model) => model.stop_reason)
        .map((model) => (
          <li key={model.run_id}>
            {model.model} stopped early: {model.stop_reason}
          </li>
        ))}
    </ul>
  );
}
