import { Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { gateQueries } from "@/api/queries/gate";
import type { CheckResult } from "@/api/types";
import { EmptyState } from "@/components/ui/EmptyState";
import { Panel } from "@/components/ui/Panel";
import { GateAnswer, GatePlace } from "./GatePlace";
import { VerdictMark } from "./marks";
import { Report } from "./Report";
import { bySeverity, SEVERITY, sentenceOf } from "./reports";
import classes from "./Report.module.css";

const route = getRouteApi("/gate/regressions");

/** Every eval type's newest run beside its baseline: the verdict, and what the cases prove. */
export function RegressionsPage() {
  const { evidence, run } = route.useSearch();
  const navigate = route.useNavigate();
  const required = evidence === "required";
  const check = useQuery(gateQueries.check({ requireEvidence: required, runId: run }));
  return (
    <GatePlace
      title="Regressions"
      eyebrow={run && <Link to="/gate/regressions">All eval types</Link>}
      actions={
        <Switch
          label="Only regressions with evidence"
          checked={required}
          onChange={(event) =>
            void navigate({
              search: (search) => ({
                ...search,
                evidence: event.currentTarget.checked ? "required" : undefined,
              }),
              replace: true,
            })
          }
        />
      }
    >
      <GateAnswer query={check}>{(result) => <Result result={result} />}</GateAnswer>
    </GatePlace>
  );
}

function Result({ result }: { result: CheckResult }) {
  const { reports, skipped, warnings } = result;
  const { counts } = result;
  if (reports.length + skipped.length === 0) {
    return (
      <div className="surface">
        <EmptyState title="Nothing to compare yet">
          <p>
            Each eval type needs two complete runs. <Link to="/gate/suites">Start a suite</Link>, or
            log runs with any MLflow client.
          </p>
        </EmptyState>
      </div>
    );
  }
  return (
    <>
      <p className={classes.sentence} data-bad={result.has_regressions}>
        {sentenceOf(result)}
      </p>
      <dl className={classes.counts} aria-label="Verdicts">
        {SEVERITY.map((verdict) => (
          <div key={verdict} data-none={(counts[verdict] ?? 0) === 0}>
            <dt>
              <VerdictMark verdict={verdict} />
            </dt>
            <dd>{counts[verdict] ?? 0}</dd>
          </div>
        ))}
      </dl>
      {warnings.map((warning) => (
        <p key={warning} className="muted">
          {warning}
        </p>
      ))}
      <ul className={classes.reports}>
        {bySeverity(reports).map((report) => (
          <Report key={report.eval_type} report={report} />
        ))}
      </ul>
      {skipped.length > 0 && (
        <Panel title={`Not compared: ${skipped.length}`} note="These eval types were left out.">
          <dl className={classes.skipped}>
            {skipped.map(({ eval_type: name, reason }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{reason}</dd>
              </div>
            ))}
          </dl>
        </Panel>
      )}
    </>
  );
}
