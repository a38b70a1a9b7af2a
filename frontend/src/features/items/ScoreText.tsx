import type { ScoreView } from "@/api/types";
import { Verdict } from "@/components/ui/Verdict";
import { metric } from "@/lib/format";
import classes from "./items.module.css";

/** A score in short: its label, whether it passed where that is all it says, or its number. */
export function ScoreText({ score }: { score: ScoreView }) {
  const { passed, value, label, status } = score;
  if (label !== null) return <>{label}</>;
  const verdict = passed !== null && (value === null || value === 0 || value === 1);
  if (verdict) return <Verdict passed={passed} status="scored" />;
  if (value !== null) return <>{metric(value)}</>;
  return <span className={classes.unscored}>{status.replaceAll("_", " ")}</span>;
}
