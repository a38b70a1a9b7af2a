import type { EvaluationReport } from "@/api/types";

/** The sum of the known costs, and whether some are missing; null when none is known. */
export function totalCost(report: EvaluationReport): { usd: number; partly: boolean } | null {
  const known = report.models.filter((model) => model.cost_usd !== null);
  if (known.length === 0) return null;
  const usd = known.reduce((sum, model) => sum + Number(model.cost_usd), 0);
  const complete = report.models.every(
    (model) => model.cost_known >= model.planned - model.skipped,
  );
  return { usd, partly: !complete };
}
