/** Live progress of one suite run over server-sent events. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { gateKeys } from "./queries/gate";
import type { SuiteRun } from "./types";

const RETRY_MS = 3_000;

/** Keeps the cached list of suite runs current while one of them is going on. */
export function useSuiteEvents(id: string, active: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!active) return undefined;
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = (event: MessageEvent<string>) => {
      const run = JSON.parse(event.data) as SuiteRun;
      queries.setQueryData<SuiteRun[]>(gateKeys.suites, (runs) =>
        runs?.map((each) => (each.id === run.id ? run : each)),
      );
    };
    const finish = (event: MessageEvent<string>) => {
      take(event);
      source?.close();
      void queries.invalidateQueries({ queryKey: gateKeys.all });
    };
    const open = () => {
      source = new EventSource(`/api/gate/suites/runs/${encodeURIComponent(id)}/events`);
      source.addEventListener("progress", take);
      source.addEventListener("finished", finish);
      source.onerror = () => {
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [active, id, queries]);
}
