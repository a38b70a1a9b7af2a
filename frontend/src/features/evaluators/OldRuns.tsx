import { Button, MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { evaluatorQueries, isAtWork, scoreRuns } from "@/api/queries/evaluators";
import { fetchRuns, runKeys } from "@/api/queries/runs";
import type { Evaluator, EvaluatorJob, ListedRun } from "@/api/types";
import { Meter } from "@/components/ui/Meter";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { StatusPill } from "@/components/ui/StatusPill";
import { count, dateTime } from "@/lib/format";
import classes from "./evaluators.module.css";

const SHOWN = 30;

/** Scores old runs with the stored version, and shows how far that is. */
export function OldRuns({ evaluator }: { evaluator: Evaluator }) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 250);
  const [ids, setIds] = useState<string[]>([]);
  const [names, setNames] = useState<Record<string, string>>({});
  const filter = { search: search || undefined, page: 1, limit: SHOWN };
  const runs = useQuery({
    queryKey: runKeys.list(filter),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => fetchRuns(filter, signal),
  });
  const begin = useMutation({ mutationFn: () => scoreRuns(evaluator.id, ids) });
  const options = optionsOf(runs.data?.items ?? [], ids, names);
  return (
    <Panel
      title="Run it over old runs"
      note={`Version ${evaluator.version} scores what they stored; a score of the same name is replaced.`}
    >
      <div className={classes.form}>
        {runs.isError && <ProblemNote error={runs.error} compact />}
        <MultiSelect
          label="Runs"
          placeholder={ids.length === 0 ? "Search by name" : undefined}
          data={options}
          value={ids}
          searchable
          searchValue={typed}
          onSearchChange={setTyped}
          filter={({ options: all }) => all}
          maxValues={100}
          styles={{ inputField: { outline: "none" } }}
          nothingFoundMessage="No run of this name"
          onChange={(next) => {
            setIds(next);
            setNames(Object.fromEntries(options.map(({ value, label }) => [value, label])));
          }}
        />
        {begin.isError && <ProblemNote error={begin.error} compact />}
        {begin.data && <Progress begun={begin.data} />}
        <Button
          variant="default"
          loading={begin.isPending}
          disabled={ids.length === 0}
          onClick={() => begin.mutate()}
        >
          Score {ids.length > 1 ? `${count(ids.length)} runs` : "the run"}
        </Button>
      </div>
    </Panel>
  );
}

function Progress({ begun }: { begun: EvaluatorJob }) {
  const queries = useQueryClient();
  const asked = useQuery({
    ...evaluatorQueries.job(begun.id),
    initialData: begun,
    staleTime: 0,
    enabled: isAtWork(begun),
  });
  const job = asked.data;
  const atWork = isAtWork(job);
  useEffect(() => {
    if (!atWork) void queries.invalidateQueries({ queryKey: runKeys.all });
  }, [atWork, queries]);
  return (
    <div className={classes.outcome} role="status">
      <StatusPill status={job.status} />
      {atWork && <Meter value={job.done} max={job.planned} label="Events scored" />}
      <p>
        {atWork || job.planned > 0
          ? `${count(job.scored)} of ${count(job.planned)} scored`
          : "Nothing there meets the conditions"}
        {job.skipped > 0 && `, ${count(job.skipped)} without what it looks at`}
        {job.errors > 0 && `, ${count(job.errors)} that could not be judged`}.
      </p>
      {job.error && <p>{job.error}</p>}
      <p>
        {(job.run_ids ?? []).map((id, index) => (
          <span key={id}>
            {index > 0 && ", "}
            <Link to="/runs/$id" params={{ id }}>
              {(job.run_ids ?? []).length > 1 ? `run ${index + 1}` : "See the run"}
            </Link>
          </span>
        ))}
      </p>
    </div>
  );
}

/** The runs that are found, and those that are chosen whatever is searched for. */
function optionsOf(
  runs: readonly ListedRun[],
  ids: readonly string[],
  names: Readonly<Record<string, string>>,
) {
  const found = runs.map((run) => ({
    value: run.run_id,
    label: `${run.name || run.run_id}, ${dateTime(run.created_at)}`,
  }));
  const missing = ids.filter((id) => !found.some(({ value }) => value === id));
  return [...found, ...missing.map((id) => ({ value: id, label: names[id] ?? id }))];
}
