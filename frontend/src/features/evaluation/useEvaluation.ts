/** Everything the dashboard of one evaluation shows, kept current while it runs. */
import { useQuery } from "@tanstack/react-query";
import { evaluationQueries } from "@/api/queries/evaluations";
import { useEvaluationEvents } from "@/api/useEvaluationEvents";

const REPORT_MS = 4_000;

export function isLive(status: string | undefined): boolean {
  return status === "running" || status === "pending";
}

export function useEvaluation(id: string) {
  const detail = useQuery({
    ...evaluationQueries.detail(id),
    refetchInterval: (query) => (isLive(query.state.data?.status) ? REPORT_MS : false),
  });
  const live = isLive(detail.data?.status);
  const report = useQuery({
    ...evaluationQueries.report(id),
    refetchInterval: live ? REPORT_MS : false,
  });
  const progress = useQuery({ ...evaluationQueries.progress(id), enabled: live });
  const connection = useEvaluationEvents(id, live);
  return { detail, report, progress, connection, live };
}
