import { useQuery } from "@tanstack/react-query";
import { datasetQueries } from "@/api/queries/datasets";
import { short } from "@/lib/format";

const SETTLED_MS = 300_000;

/** The name of a dataset that the server manages; null while or where there is none. */
export function useDatasetName(id: string | null | undefined): string | null {
  const managed = Boolean(id) && !id?.startsWith("EXT-");
  const dataset = useQuery({
    ...datasetQueries.detail(id ?? ""),
    enabled: managed,
    staleTime: SETTLED_MS,
    retry: false,
  });
  return managed ? (dataset.data?.name ?? null) : null;
}

/** What a dataset is called, or the beginning of its id. */
export function DatasetName({ id }: { id: string }) {
  const name = useDatasetName(id);
  return <span title={id}>{short(name ?? id, name === null ? 16 : 40)}</span>;
}
