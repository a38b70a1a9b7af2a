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

/** Loads both runs' items of the datapoints on the page, one small request each. */
export function useFlips(
  wanted: readonly { id: string; change: Change }[],
  newer: string,
  older: string,
): Flip[] {
  const asked = wanted.flatMap(({ id }) => [
    { id, run: newer },
    { id, run: older },
  ]);
  const answers = useQueries({
    queries: asked.map(({ id, run }) => ({
      queryKey: ["runs", "detail", run, "item", id],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const found = await fetchRunItems(run, { search: id }, 1, 10, signal);
        return found.items.find((row) => row.datapoint.id === id) ?? null;
      },
      staleTime: 60_000,
    })),
  });
  return wanted.map((one, index) => {
    const [a, b] = [answers[2 * index], answers[2 * index + 1]];
    return {
      ...one,
      newer: a?.data ?? undefined,
      older: b?.data ?? undefined,
      loading: (a?.isPending ?? false) || (b?.isPending ?? false),
    };
  });
}
