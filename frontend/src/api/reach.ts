/** Whether the server answers at all. */
import { useQuery } from "@tanstack/react-query";

async function isAlive(signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch("/health/live", { signal });
    return answer.status < 500;
  } catch (cause) {
    if (signal.aborted) throw cause;
    return false;
  }
}

/** True until a look at the server finds nobody there. */
export function useReachable(): boolean {
  const { data } = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => isAlive(signal),
    refetchInterval: (query) => (query.state.data === false ? 3_000 : 20_000),
    staleTime: 0,
  });
  return data ?? true;
}
