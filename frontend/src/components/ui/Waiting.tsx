import type { UseQueryResult } from "@tanstack/react-query";
import { ProblemNote } from "./ProblemNote";
import { TableSkeleton } from "./TableSkeleton";

interface Props {
  query: Pick<UseQueryResult, "isError" | "error" | "refetch">;
  rows?: number;
}

/** All that a page shows while it has nothing: what is wrong, or that an answer is on its way. */
export function Waiting({ query, rows = 8 }: Props) {
  if (!query.isError) return <TableSkeleton rows={rows} />;
  return <ProblemNote error={query.error} onRetry={() => void query.refetch()} main />;
}
