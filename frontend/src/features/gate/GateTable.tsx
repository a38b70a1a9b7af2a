import { Link } from "@tanstack/react-router";
import type { PromotionResult } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { percent, plural } from "@/lib/format";
import { versionText } from "./timeline";
import classes from "./dialogs.module.css";

type Check = PromotionResult["eval_results"][number];

/** What the gate says of a version, eval type by eval type. */
export function GateTable({ answer }: { answer: PromotionResult }) {
  const { allowed, skipped, warnings } = answer;
  const already = answer.from_version === answer.version;
  return (
    <section className={classes.answer} data-allowed={allowed} aria-label="What the gate says">
      <p className={classes.said} role="status">
        {allowed ? "✓ The gate is open. " : "✕ The gate is closed. "}
        {answer.reason}
      </p>
      <p className={classes.fine}>
        {already
          ? `${answer.to_alias} points at ${versionText(answer.version)} already.`
          : `${answer.to_alias} points at ${versionText(answer.from_version)} now.`}
      </p>
      {answer.eval_results.length > 0 && (
        <div className={classes.table}>
          <DataTable
            caption="Eval types of this version"
            columns={COLUMNS}
            rows={[...answer.eval_results].sort((a, b) => Number(a.passed) - Number(b.passed))}
            rowKey={(check) => check.eval_type}
          />
        </div>
      )}
      {warnings.map((warning) => (
        <p key={warning} className={classes.fine}>
          {warning}
        </p>
      ))}
      {skipped.length > 0 && (
        <details className={classes.fine}>
          <summary>{plural(skipped.length, "eval type")} without a complete run of it</summary>
          {skipped.map(({ eval_type: name, reason }) => `${name} (${reason})`).join(", ")}
        </details>
      )}
    </section>
  );
}

const COLUMNS: Column<Check>[] = [
  {
    key: "type",
    header: "Eval type",
    cell: (check) => (
      <Link to="/gate/runs/$id" params={{ id: check.run_id }}>
        {check.eval_type}
      </Link>
    ),
  },
  { key: "rate", header: "Pass rate", align: "end", cell: (check) => percent(check.pass_rate) },
  {
    key: "threshold",
    header: "Threshold",
    align: "end",
    cell: (check) => percent(check.threshold),
  },
  {
    key: "passed",
    header: "Gate",
    cell: (check) =>
      check.passed ? (
        "✓ passes"
      ) : (
        <span className={classes.no}>✕ {check.gating ? "blocks" : "below, does not block"}</span>
      ),
  },
];
