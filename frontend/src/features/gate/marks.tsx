/** Verdicts, findings and directions: a word with a shape, never colour alone. */
import type { EvidenceDetails, GateVerdict, TrendSummary } from "@/api/types";
import { intervalText, signed } from "@/lib/format";
import classes from "./marks.module.css";

const VERDICTS: Record<GateVerdict, string> = {
  REGRESSION: "▼",
  WARNING: "◆",
  IMPROVED: "▲",
  PASS: "✓",
};

/** One of the four verdicts. */
export function VerdictMark({ verdict }: { verdict: GateVerdict }) {
  return (
    <span className={classes.verdict} data-verdict={verdict}>
      <span aria-hidden="true">{VERDICTS[verdict]}</span> {verdict}
    </span>
  );
}

const DIRECTIONS = { improving: "▲", degrading: "▼", stable: "=" } as const;

/** Where a line of runs is heading, with its slope. */
export function DirectionMark({ summary }: { summary: TrendSummary }) {
  const { trend_direction: direction, slope_pp: slope } = summary;
  return (
    <span className={classes.direction} data-direction={direction}>
      <span aria-hidden="true">{DIRECTIONS[direction]}</span> {direction}
      {slope !== null && slope !== 0 && (
        <span className="muted"> {signed(slope, 1)} pp per run</span>
      )}
    </span>
  );
}

/** What the cases prove, in a word with the interval of the difference. */
export function EvidenceMark({
  evidence,
  details,
}: {
  evidence: string;
  details: EvidenceDetails;
}) {
  const interval = details.difference_interval;
  return (
    <span className={classes.evidence} data-evidence={evidence}>
      {evidence}
      {interval && <span className="muted"> {intervalText([interval.low, interval.high])} pp</span>}
    </span>
  );
}
