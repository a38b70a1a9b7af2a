import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { fetchRuns, runKeys } from "@/api/queries/runs";
import type { ListedRun, RunObject } from "@/api/types";
import { ago } from "@/lib/format";

/** The latest run of the same name that began before this one. */
export function previousOf(run: RunObject, runs: readonly ListedRun[]): ListedRun | undefined {
  const began = Date.parse(run.created_at);
  return runs
    .filter((one) => one.name === run.name && one.run_id !== run.run_id)
    .filter((one) => Date.parse(one.created_at) < began)
    .sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at))[0];
}

/** The way to the comparison with the previous run of the same name, if there is one. */
export function ComparePrevious({ run }: { run: RunObject }) {
  const filter = {
    search: run.name,
    kind: run.kind === "bench" ? "bench" : "experiment",
    sort: "-created_at",
    limit: 100,
  } as const;
  const runs = useQuery({
    queryKey: runKeys.list({ ...filter, page: 1 }),
    queryFn: ({ signal }) => fetchRuns({ ...filter, page: 1 }, signal),
    enabled: run.name !== "",
  });
  const previous = runs.data && previousOf(run, runs.data.items);
  if (!previous) return null;
  return (
    <Button
      variant="default"
      renderRoot={(props) => (
        <Link to="/runs/compare" search={{ new: run.run_id, old: previous.run_id }} {...props} />
      )}
    >
      Compare with the run before, {ago(previous.created_at, new Date())}
    </Button>
  );
}
