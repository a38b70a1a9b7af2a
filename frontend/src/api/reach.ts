/** Whether the server answers at all. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { UnreachableProblem } from "./problem";

const HEALTH = ["health"] as const;

async function isAlive(signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch("/health/live", { signal });
    return answer.status < 500;
  } catch (cause) {
    if (signal.aborted) throw cause;
    return false;
  }
}

/** True until a look at the server finds nobody there; what was missed then is asked for again. */
export function useReachable(): boolean {
  const { data } = useQuery({
    queryKey: HEALTH,
    queryFn: ({ signal }) => isAlive(signal),
    refetchInterval: (query) => (query.state.data === false ? 3_000 : 20_000),
    staleTime: 0,
  });
  useLookAfterSilence();
  useCatchingUp(data);
  return data ?? true;
}

/** Looks at the server as soon as something else finds nobody there. */
function useLookAfterSilence() {
  const queries = useQueryClient();
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== "updated") return;
        const { action } = event;
        if (action.type !== "failed" || !(action.error instanceof UnreachableProblem)) return;
        void queries.invalidateQueries({ queryKey: HEALTH }, { cancelRefetch: false });
      }),
    [queries],
  );
}

/** Asks again for what nobody answered, once the server is back. */
function useCatchingUp(alive: boolean | undefined) {
  const queries = useQueryClient();
  const lost = useRef(false);
  useEffect(() => {
    if (alive === true && lost.current) {
      void queries.refetchQueries({
        type: "active",
        predicate: ({ state }) => state.error instanceof UnreachableProblem,
      });
    }
    lost.current = alive === false;
  }, [queries, alive]);
}
