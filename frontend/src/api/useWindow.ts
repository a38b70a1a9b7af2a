/** A window onto a long list that the server pages: only the pages in view are loaded. */
import { keepPreviousData, useQueries, useQuery, type QueryKey } from "@tanstack/react-query";
import type { Paged } from "./types";

export const WINDOW_PAGE = 100;

export type LoadPage<T> = (page: number, limit: number, signal: AbortSignal) => Promise<Paged<T>>;

export interface Windowed<T> {
  total: number;
  /** The row at an index, or undefined while its page is on its way. */
  at: (index: number) => T | undefined;
  isPending: boolean;
  /** Whether the rows are still those of another filter. */
  isStale: boolean;
  error: unknown;
  refetch: () => void;
}

/** Loads the first page and whatever pages the rows from ``first`` to ``last`` lie on. */
export function useWindow<T>(
  key: QueryKey,
  load: LoadPage<T>,
  range: { first: number; last: number },
  refetchInterval: number | false = false,
): Windowed<T> {
  const options = (page: number) => ({
    queryKey: [...key, "page", page],
    queryFn: ({ signal }: { signal: AbortSignal }) => load(page, WINDOW_PAGE, signal),
    refetchInterval,
  });
  const head = useQuery({ ...options(1), placeholderData: keepPreviousData });
  const from = Math.floor(range.first / WINDOW_PAGE) + 1;
  const to = Math.floor(Math.max(range.first, range.last) / WINDOW_PAGE) + 1;
  const pages = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const wanted = pages.filter((page) => page > 1);
  const bodies = useQueries({ queries: wanted.map(options) });
  const byPage = new Map<number, Paged<T> | undefined>([[1, head.data]]);
  wanted.forEach((page, index) => byPage.set(page, bodies[index]?.data));
  const failed = bodies.find((body) => body.isError);
  return {
    total: head.data?.total ?? 0,
    at: (index) => byPage.get(Math.floor(index / WINDOW_PAGE) + 1)?.items[index % WINDOW_PAGE],
    isPending: head.isPending,
    isStale: head.isPlaceholderData,
    error: head.error ?? failed?.error ?? null,
    refetch: () => {
      void head.refetch();
      bodies.forEach((body) => body.isError && void body.refetch());
    },
  };
}
