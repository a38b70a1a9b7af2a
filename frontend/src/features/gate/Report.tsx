import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { EvidenceDetails, RegressionReport, SincePromptChange } from "@/api/types";
import { dateTime, duration, intervalText, percent, plural } from "@/lib/format";
import { Flipped } from "./Flipped";
import { EvidenceMark, VerdictMark } from "./marks";
import { accountText, neededText, pp, testText } from "./reports";
import { changeText } from "./timeline";
import { Unpin } from "./Unpin";
import classes from "./Report.module.css";

/** One eval type's comparison; what is bad news is open from the start. */
export function Report({ report }: { report: RegressionReport }) {
  const [open, setOpen] = useState(
    report.verdict === "REGRESSION" || report.verdict === "WARNING" || report.evidence === "worse",
  );
  const details = report.evidence_details;
  const { changed_prompts: changed, flipped_cases: flipped, notes } = report;
  return (
    <li id={`report-${report.eval_type}`} className={classes.report} data-verdict={report.verdict}>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className={classes.head}>
          <h2 className={classes.name}>{report.eval_type}</h2>
          <VerdictMark verdict={report.verdict} />
          <EvidenceMark evidence={report.evidence} details={details} />
          <span className={classes.rates}>
            {percent(report.baseline_pass_rate)} → <b>{percent(report.current_pass_rate)}</b>
          </span>
          <span className={classes.delta} data-sign={Math.sign(report.delta_pp)}>
            {pp(report.delta_pp)}
          </span>
          <span className="muted">threshold {percent(report.threshold)}</span>
          <span className={classes.flips}>
            {flipped.length > 0 && plural(flipped.length, "flipped case")}
          </span>
        </summary>
        {open && (
          <div className={classes.body}>
            {notes.length + changed.length > 0 && (
              <ul className={classes.notes}>
                {changed.map((change) => (
                  <li key={change.prompt_name}>
                    Prompt{" "}
                    <Link to="/gate/prompts/$name" params={{ name: change.prompt_name }}>
                      {changeText(change)}
                    </Link>
                  </li>
                ))}
                {notes.map((note) => (
                  <li key={note} data-loud={note.includes("cannot be attributed")}>
                    {note}
                  </li>
                ))}
              </ul>
            )}
            <Facts report={report} details={details} />
            {flipped.length > 0 && <Flipped cases={flipped} evalType={report.eval_type} />}
            {report.since_prompt_change && (
              <SinceChange since={report.since_prompt_change} evalType={report.eval_type} />
            )}
          </div>
        )}
      </details>
    </li>
  );
}

interface FactsProps {
  report: RegressionReport;
  details: EvidenceDetails;
}

function Facts({ report, details }: FactsProps) {
  const test = testText(details);
  const needed = report.evidence === "inconclusive" ? neededText(details) : null;
  const smallest = details.smallest_detectable_drop_pp;
  return (
    <dl className={classes.facts}>
      {details.reason && <Fact label="Evidence">{details.reason}</Fact>}
      {details.differences.length > 0 && (
        <Fact label="Not the same">{details.differences.join("; ")}</Fact>
      )}
      {test && <Fact label="Test">{test}</Fact>}
      {details.bounds_pp && (
        <Fact label="Without a verdict">
          the difference may be anything from {pp(details.bounds_pp[0])} to{" "}
          {pp(details.bounds_pp[1])}
        </Fact>
      )}
      {smallest !== null && (
        <Fact label="Could show">a drop of {pp(smallest).replace("+", "")} or more</Fact>
      )}
      {needed && <Fact label="Would decide">{needed}</Fact>}
      <Fact label="Baseline">
        <Link to="/gate/runs/$id" params={{ id: report.baseline_run_id }}>
          {dateTime(report.baseline_timestamp)}
        </Link>
        {report.baseline_pinned && (
          <>
            {" "}
            (pinned <Unpin evalType={report.eval_type} />)
          </>
        )}
        , {duration(report.baseline_age_seconds)} older · {interval(details.baseline_interval)} ·{" "}
        {accountText(details.baseline_cases)}
      </Fact>
      <Fact label="Current">
        <Link to="/gate/runs/$id" params={{ id: report.current_run_id }}>
          {dateTime(report.current_timestamp)}
        </Link>{" "}
        · {interval(details.current_interval)} · {accountText(details.current_cases)}
      </Fact>
      {!report.gating && <Fact label="Gating">no: it is reported and blocks nothing</Fact>}
    </dl>
  );
}

/** What the last change of prompts did, where the baseline has the same prompts already. */
function SinceChange({ since, evalType }: { since: SincePromptChange; evalType: string }) {
  return (
    <>
      <p>
        The baseline has the same prompts. Before they changed (
        {since.changed_prompts.map(changeText).join(", ")}) the run of{" "}
        <Link to="/gate/runs/$id" params={{ id: since.run_id }}>
          {dateTime(since.timestamp)}
        </Link>{" "}
        had {percent(since.pass_rate)}: {pp(since.delta_pp)} since.
      </p>
      {since.flipped_cases.length > 0 && (
        <Flipped cases={since.flipped_cases} evalType={`${evalType} since its prompts changed`} />
      )}
    </>
  );
}

function interval(bounds: { low: number; high: number } | null | undefined): string {
  return bounds ? `${intervalText([bounds.low, bounds.high])} %` : "no interval";
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
