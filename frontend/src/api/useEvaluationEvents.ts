/** Live progress of one evaluation over server-sent events. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { evaluationKeys } from "./queries/evaluations";
import { runKeys } from "./queries/runs";
import type { ProgressView } from "./types";

export type Connection = "idle" | "connecting" | "live" | "lost";

const RETRY_MS = 3_000;

/**
 * Keeps the cached progress of an evaluation current while it runs.
 *
 * The browser resumes by itself from the last event id after a short break; a stream that
 * was closed for good is opened again after a pause.
 */
export function useEvaluationEvents(id: string, active: boolean): Connection {
  const queries = useQueryClient();
  const [connection, setConnection] = useState<Connection>("idle");

  useEffect(() => {
    if (!active) return undefined;
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const take = (event: MessageEvent<string>) => {
      setConnection("live");
      queries.setQueryData(evaluationKeys.progress(id), JSON.parse(event.data) as ProgressView);
    };
    const finish = (event: MessageEvent<string>) => {
      take(event);
      source?.close();
      void queries.invalidateQueries({ queryKey: evaluationKeys.all });
      void queries.invalidateQueries({ queryKey: runKeys.all });
    };
    const open = () => {
      setConnection("connecting");
      source = new EventSource(`/api/v1/evaluations/${encodeURIComponent(id)}/events`);
      source.onopen = () => setConnection("live");
      source.addEventListener("progress", take);
      source.addEventListener("finished", finish);
      source.onerror = () => {
        setConnection("lost");
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS);
      };
    };

    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [active, id, queries]);

  return active ? connection : "idle";
}
