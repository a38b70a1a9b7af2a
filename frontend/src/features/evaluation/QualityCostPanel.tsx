import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { EvaluationReport } from "@/api/types";
import { Panel } from "@/components/ui/Panel";
import { qualityCost } from "./qualityCost";
import classes from "./EvaluationPage.module.css";

const QualityCostChart = lazy(() => import("./QualityCostChart"));

/** The chart where costs are known, and words where they are not. */
export function QualityCostPanel({ report }: { report: EvaluationReport }) {
  const data = qualityCost(report.models, report.leader);
  return (
    <Panel
      title="Quality and cost"
      note="Up and to the left is better. The dashed line joins the models that no other beats on both axes."
    >
      {data.points.length > 0 ? (
        <Suspense fallback={<Skeleton height={340} />}>
          <QualityCostChart data={data} />
        </Suspense>
      ) : (
        <p className={classes.unknown}>
          No model has both a pass rate and a known cost. Recorded answers need cost_usd, live
          models a price; nothing is drawn at zero in their place.
        </p>
      )}
      {data.points.length > 0 && data.unplaced.length > 0 && (
        <p className={classes.unknown}>
          Not drawn, because the cost or the pass rate is unknown: {data.unplaced.join(", ")}.
        </p>
      )}
    </Panel>
  );
}
