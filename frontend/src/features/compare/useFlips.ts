/** Both runs' items of a few datapoints. */
import { useQueries } from "@tanstack/react-query";
import { fetchRunItems } from "@/api/queries/runs";
import type { ItemRow } from "@/api/types";

export type Change = "improved" | "degraded" | "same";

export interface Flip {
  id: string;
  change: Change;
  newer: ItemRow | undefined;
  older: ItemRow | undefined;
  loading: boolean;
}

/** As many repeats of each datapoint as the page may be given at once. */
const MOST = 1000;

/** Loads both runs' items of the datapoints on the page, one request for each run. */
export function useFlips(
  wanted: readonly { id: string; change: Change }[],
  newer: string,
  older: string,
): Flip[] {
  const ids = wanted.map(({ id }) => id);
  const [a, b] = useQueries({
    queries: [newer, older].map((run) => ({
      queryKey: ["runs", "detail", run, "items of", ids],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const found = await fetchRunItems(run, { datapoint_id: ids }, 1, MOST, signal);
        return firstOfEach(found.items);
      },
      staleTime: 60_000,
      enabled: ids.length > 0,
    })),
  });
  return wanted.map((one) => ({
    ...one,
    newer: a?.data?.get(one.id),
    older: b?.data?.get(one.id),
    loading: (a?.isPending ?? false) || (b?.isPending ?? false),
  }));
}

/** The first repeat of each datapoint. */
export function firstOfEach(rows: readonly ItemRow[]): Map<string, ItemRow> {
  const found = new Map<string, ItemRow>();
  for (const row of rows) if (!found.has(row.datapoint.id)) found.set(row.datapoint.id, row);
  return found;
}
