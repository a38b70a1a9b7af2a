import type { EvaluationReport } from "@/api/types";
import { Pairwise } from "./Pairwise";
import { QualityCostPanel } from "./QualityCostPanel";
import { Ranking } from "./Ranking";
import { isLive } from "./useEvaluation";
import { summarySentences } from "./sentences";
import classes from "./EvaluationPage.module.css";

/** Summary, ranking, chart and comparisons. */
export function Overview({ report }: { report: EvaluationReport }) {
  const [first, ...others] = summarySentences(report);
  // While it runs, what is missing is on its way and nothing to warn of.
  const warnings = isLive(report.status) ? [] : (report.warnings ?? []);
  return (
    <>
      <section className={classes.summary} aria-label="Summary">
        <p className={classes.lead}>{first}</p>
        {others.length > 0 && <p className={classes.rest}>{others.join(" ")}</p>}
        {warnings.map((warning) => (
          <p key={warning} className={classes.warning}>
            {warning}
          </p>
        ))}
      </section>
      <Ranking report={report} />
      <div className={classes.columns}>
        <QualityCostPanel report={report} />
        <Pairwise report={report} />
      </div>
    </>
  );
}
