/** Live progress of one evaluation over server-sent events. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { follow, type Connection } from "./follow";
import { evaluationKeys } from "./queries/evaluations";
import { runKeys } from "./queries/runs";
import type { ProgressView } from "./types";

/** Keeps the cached progress of an evaluation current while it runs. */
export function useEvaluationEvents(id: string, active: boolean): Connection {
  const queries = useQueryClient();
  const [connection, setConnection] = useState<Connection>("connecting");
  useEffect(() => {
    if (!active) return undefined;
    return follow<ProgressView>(`/api/v1/evaluations/${encodeURIComponent(id)}/events`, {
      onProgress: (progress) => queries.setQueryData(evaluationKeys.progress(id), progress),
      onFinished: () => {
        void queries.invalidateQueries({ queryKey: evaluationKeys.all });
        void queries.invalidateQueries({ queryKey: runKeys.all });
      },
      onConnection: setConnection,
    });
  }, [active, id, queries]);
  return active ? connection : "idle";
}
