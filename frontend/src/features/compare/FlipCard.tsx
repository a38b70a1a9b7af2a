import type { ItemRow } from "@/api/types";
import { TextDiff } from "@/components/ui/TextDiff";
import { ScoreCell } from "@/features/run/scoreColumns";
import { plainText, preview } from "@/lib/values";
import type { Change, Flip } from "./useFlips";
import classes from "./Flips.module.css";

const MARKS: Record<Change, string> = {
  improved: "▲ improved",
  degraded: "▼ degraded",
  same: "= same",
};

interface Props {
  flip: Flip;
  metric: string;
  names: { older: string; newer: string };
  onOpen: () => void;
}

/** One datapoint that both runs answered: what was asked, and the two outputs' difference. */
export function FlipCard({ flip, metric, names, onOpen }: Props) {
  const { id, change, newer, older, loading } = flip;
  const datapoint = newer?.datapoint ?? older?.datapoint;
  const [from, to] = [textOf(older), textOf(newer)];
  return (
    <li className={classes.flip} aria-busy={loading}>
      <div className={classes.about}>
        <button type="button" className={classes.open} onClick={onOpen}>
          {id}
        </button>
        <span className={classes.change} data-change={change}>
          {MARKS[change]}
        </span>
        {datapoint && (
          <>
            <span className={classes.asked}>{preview(datapoint.inputs, 200)}</span>
            {datapoint.ground_truth !== null && (
              <span className={classes.gold}>
                <span className={classes.label}>Ground truth</span>{" "}
                {preview(datapoint.ground_truth, 120)}
              </span>
            )}
          </>
        )}
      </div>
      <Side label="Old" name={names.older} row={older} metric={metric} loading={loading}>
        <TextDiff from={from} to={to} side="from" />
      </Side>
      <Side label="New" name={names.newer} row={newer} metric={metric} loading={loading}>
        <TextDiff from={from} to={to} side="to" />
      </Side>
    </li>
  );
}

interface SideProps {
  label: string;
  name: string;
  row: ItemRow | undefined;
  metric: string;
  loading: boolean;
  children: React.ReactNode;
}

function Side({ label, name, row, metric, loading, children }: SideProps) {
  const answer = row?.answers[0];
  const score = answer?.scores.find((one) => one.name === metric);
  return (
    <div className={classes.side} role="group" aria-label={`${label}: ${name}`}>
      <header className={classes.sideHead}>
        <span className={classes.label}>{label}</span>
        <ScoreCell score={score} />
      </header>
      {answer === undefined ? (
        <span className="muted">{loading ? "…" : "There is no stored answer."}</span>
      ) : (
        <div className={classes.output}>{children}</div>
      )}
      {answer?.error && <p className={classes.error}>{answer.error}</p>}
      {score?.reason && <p className={classes.reason}>{score.reason}</p>}
    </div>
  );
}

/** The output as text; the only field of an object stands without its name. */
function textOf(row: ItemRow | undefined): string {
  const output = row?.answers[0]?.output;
  if (typeof output === "object" && output !== null && !Array.isArray(output)) {
    const fields = Object.values(output);
    if (fields.length === 1) return plainText(fields[0]);
  }
  return output === undefined || output === null ? "" : plainText(output);
}
