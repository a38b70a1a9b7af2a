import type { ComparedMetric, ItemRow } from "@/api/types";
import { OutputSide } from "@/components/ui/OutputSide";
import { TextDiff } from "@/components/ui/TextDiff";
import { scoreKey } from "@/features/run/metrics";
import { ScoreCell } from "@/features/run/scoreColumns";
import { outputText, preview } from "@/lib/values";
import type { Change, Flip } from "./useFlips";
import classes from "./Flips.module.css";

const MARKS: Record<Change, string> = {
  improved: "▲ improved",
  degraded: "▼ degraded",
  same: "= same",
};

interface Props {
  flip: Flip;
  metric: ComparedMetric | undefined;
  names: { older: string; newer: string };
  /** The candidates' own events, by which their scores are known. */
  candidates: { older: string; newer: string };
  onOpen: () => void;
}

/** One datapoint that both runs answered: what was asked, and the two outputs' difference. */
export function FlipCard({ flip, metric, names, candidates, onOpen }: Props) {
  const { id, change, newer, older, loading } = flip;
  const datapoint = newer?.datapoint ?? older?.datapoint;
  const [from, to] = [outputText(older?.answers[0]?.output), outputText(newer?.answers[0]?.output)];
  const wanted = metric ? keyOf(metric, candidates.newer) : "";
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
      <Side
        label="Old"
        name={`Old of ${id}: ${names.older}`}
        row={older}
        metric={wanted}
        candidate={candidates.older}
        loading={loading}
      >
        <TextDiff from={from} to={to} side="from" />
      </Side>
      <Side
        label="New"
        name={`New of ${id}: ${names.newer}`}
        row={newer}
        metric={wanted}
        candidate={candidates.newer}
        loading={loading}
      >
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
  candidate: string;
  loading: boolean;
  children: React.ReactNode;
}

function Side({ label, name, row, metric, candidate, loading, children }: SideProps) {
  const answer = row?.answers[0];
  const score = answer?.scores.find((one) => scoreKey(one, candidate) === metric);
  return (
    <OutputSide
      label={label}
      name={name}
      mark={<ScoreCell score={score} />}
      notes={[score?.reason]}
      error={answer?.error}
    >
      {answer === undefined ? (
        <span className="muted">{loading ? "…" : "There is no stored answer."}</span>
      ) : (
        children
      )}
    </OutputSide>
  );
}

/** The key of the scores behind a compared metric, whose event is named as in the new run. */
function keyOf({ metric_name: name, event_name, event_type }: ComparedMetric, candidate: string) {
  if (event_type === "session") return `${name}|session`;
  return event_name === candidate ? name : `${name}|${event_name}`;
}
