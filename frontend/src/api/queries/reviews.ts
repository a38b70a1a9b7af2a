/** Annotations, and the queues in which people look at events. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../client";
import { eventOf, type TraceEvent } from "../events";
import type { ListFilter } from "./library";
import type { Annotation, Paged, QueueField, QueueItem, ReviewQueue } from "../types";

export type AnswerValue = boolean | number | string;

export interface GivenAnswer {
  name: string;
  value: AnswerValue;
  comment?: string | undefined;
}

export interface NewQueue {
  name: string;
  description: string;
  fields: QueueField[];
  filters: { field: string; operator: string; value: string }[];
}

export const reviewKeys = {
  queues: ["queues"] as const,
  queue: (id: string) => [...reviewKeys.queues, "detail", id] as const,
  annotations: (eventId: string) => ["annotations", eventId] as const,
};

function at(id: string) {
  return { path: { queue_id: id } };
}

async function fetchQueues(filter: ListFilter, signal: AbortSignal): Promise<Paged<ReviewQueue>> {
  const answer = await unwrap(api.GET("/v1/queues", { params: { query: filter }, signal }));
  const { queues, page, limit, total } = answer;
  return { items: queues, page, limit, total };
}

export const reviewQueries = {
  queues: (filter: ListFilter) =>
    queryOptions({
      queryKey: [...reviewKeys.queues, "list", filter],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) => fetchQueues(filter, signal),
    }),
  queue: (id: string) =>
    queryOptions({
      queryKey: reviewKeys.queue(id),
      queryFn: async ({ signal }) => {
        const answer = await unwrap(api.GET("/v1/queues/{queue_id}", { params: at(id), signal }));
        return answer.queue;
      },
    }),
  agreement: (id: string) =>
    queryOptions({
      queryKey: [...reviewKeys.queue(id), "agreement"],
      queryFn: ({ signal }) =>
        unwrap(api.GET("/v1/queues/{queue_id}/agreement", { params: at(id), signal })),
    }),
  annotations: (eventId: string) =>
    queryOptions({
      queryKey: reviewKeys.annotations(eventId),
      queryFn: async ({ signal }): Promise<Annotation[]> => {
        const params = { path: { event_id: eventId } };
        const answer = await unwrap(
          api.GET("/v1/events/{event_id}/annotations", { params, signal }),
        );
        return answer.annotations;
      },
    }),
};

export interface ClaimedItem {
  item: QueueItem;
  event: TraceEvent | null;
}

function author(name: string) {
  return name === "" ? {} : { author: name };
}

/** Takes the next item of a queue; null when nothing is left. */
export async function claimNext(id: string, name: string): Promise<ClaimedItem | null> {
  const body = author(name);
  const { item, event } = await unwrap(
    api.POST("/v1/queues/{queue_id}/claim", { params: at(id), body }),
  );
  return item ? { item, event: event ? eventOf(event) : null } : null;
}

export async function completeItem(
  id: string,
  eventId: string,
  answers: GivenAnswer[],
  name: string,
): Promise<void> {
  const params = { path: { queue_id: id, event_id: eventId } };
  const body = { annotations: answers, ...author(name) };
  await unwrap(api.POST("/v1/queues/{queue_id}/items/{event_id}/complete", { params, body }));
}

export async function skipItem(id: string, eventId: string, name: string): Promise<void> {
  const params = { path: { queue_id: id, event_id: eventId } };
  const body = author(name);
  await unwrap(api.POST("/v1/queues/{queue_id}/items/{event_id}/skip", { params, body }));
}

/** Gives an item back, so that another reviewer may take it. */
export async function releaseItem(id: string, eventId: string, name: string): Promise<void> {
  const params = { path: { queue_id: id, event_id: eventId } };
  const body = author(name);
  await unwrap(api.POST("/v1/queues/{queue_id}/items/{event_id}/release", { params, body }));
}

/** Creates a queue and fills it with the stored events that meet its filters. */
export async function createQueue(queue: NewQueue): Promise<ReviewQueue> {
  const body = { ...queue, fill: true };
  const answer = await unwrap(api.POST("/v1/queues", { body }));
  return answer.queue;
}
