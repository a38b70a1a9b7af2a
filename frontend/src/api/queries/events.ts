/** Sessions and their events. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../client";
import { foundEvents, sessionOf, type TraceEvent } from "../events";
import type { Paged } from "../types";

export interface SessionFilter {
  search?: string | undefined;
  failed?: boolean | undefined;
  runId?: string | undefined;
  page: number;
  limit: number;
}

interface Condition {
  field: string;
  operator: string;
  value?: string;
}

export const eventKeys = {
  all: ["events"] as const,
  session: (id: string) => [...eventKeys.all, "session", id] as const,
  sessions: (filter: SessionFilter) => [...eventKeys.all, "sessions", filter] as const,
};

function conditions({ search, failed, runId }: SessionFilter): Condition[] {
  const wanted: Condition[] = [{ field: "event_type", operator: "is", value: "session" }];
  if (search) wanted.push({ field: "event_name", operator: "contains", value: search });
  if (failed) wanted.push({ field: "error", operator: "exists" });
  if (runId) wanted.push({ field: "run_id", operator: "is", value: runId });
  return wanted;
}

async function fetchSessions(
  filter: SessionFilter,
  signal: AbortSignal,
): Promise<Paged<TraceEvent>> {
  const { page, limit } = filter;
  const body = { filters: conditions(filter), page, limit };
  const found = foundEvents(await unwrap(api.POST("/v1/events/search", { body, signal })));
  return { ...found, page, limit };
}

export const eventQueries = {
  /** One session as a tree. */
  session: (id: string) =>
    queryOptions({
      queryKey: eventKeys.session(id),
      queryFn: async ({ signal }) => {
        const path = { session_id: id };
        return sessionOf(
          await unwrap(api.GET("/v1/session/{session_id}/traces", { params: { path }, signal })),
        );
      },
    }),
  sessions: (filter: SessionFilter) =>
    queryOptions({
      queryKey: eventKeys.sessions(filter),
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) => fetchSessions(filter, signal),
    }),
};
