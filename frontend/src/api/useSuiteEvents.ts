/** Live progress of one suite run over server-sent events. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { follow } from "./follow";
import { gateKeys } from "./queries/gate";
import type { SuiteRun } from "./types";

/** Keeps the cached list of suite runs current while one of them is going on. */
export function useSuiteEvents(id: string, active: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!active) return undefined;
    return follow<SuiteRun>(`/api/gate/suites/runs/${encodeURIComponent(id)}/events`, {
      onProgress: (run) =>
        queries.setQueryData<SuiteRun[]>(gateKeys.suites, (runs) =>
          runs?.map((each) => (each.id === run.id ? run : each)),
        ),
      onFinished: () => void queries.invalidateQueries({ queryKey: gateKeys.all }),
    });
  }, [active, id, queries]);
}
