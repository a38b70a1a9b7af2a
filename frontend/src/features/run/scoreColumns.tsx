import type { ItemRow, ScoreView } from "@/api/types";
import type { VirtualColumn } from "@/components/ui/VirtualTable";
import { ScoreText } from "@/features/items/ScoreText";
import { metricLabel } from "@/lib/format";
import { scoreKey } from "./metrics";
import classes from "./RunPage.module.css";

/** One column per metric of the run; the evaluator's reason is said on the score. */
export function scoreColumns(keys: readonly string[], candidate: string): VirtualColumn<ItemRow>[] {
  return keys.map((name) => ({
    key: `score-${name}`,
    header: <span title={name}>{metricLabel(name)}</span>,
    sortKey: name,
    track: "minmax(84px, 130px)",
    align: "end",
    cell: ({ answers: [answer] }) => (
      <ScoreCell score={answer?.scores.find((score) => scoreKey(score, candidate) === name)} />
    ),
  }));
}

export function ScoreCell({ score }: { score: ScoreView | undefined }) {
  if (!score) return <span className="muted">–</span>;
  return (
    <span title={score.reason ?? undefined} className={classes.score}>
      <ScoreText score={score} />
    </span>
  );
}
