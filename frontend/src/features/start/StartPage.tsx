import { Button, NumberInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { createEvaluation, evaluationKeys } from "@/api/queries/evaluations";
import { PageHeader } from "@/components/ui/PageHeader";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { DatasetStep } from "./DatasetStep";
import { EMPTY_DRAFT, missingParts, requestOf, type Draft } from "./draft";
import { ModelsStep } from "./ModelsStep";
import classes from "./StartPage.module.css";
import { Step } from "./Step";
import { TaskStep } from "./TaskStep";

/** Starts an evaluation: task, dataset, models, limits. */
export function StartPage() {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const start = useStart();
  const missing = missingParts(draft);
  const request = requestOf(draft);
  return (
    <>
      <PageHeader
        title="New evaluation"
        eyebrow={
          <>
            <Link to="/runs">Runs</Link> / New
          </>
        }
      />
      <form
        className={`surface ${classes.form}`}
        onSubmit={(event) => {
          event.preventDefault();
          if (request) start.mutate(request);
        }}
      >
        <Step
          number={1}
          title="Task"
          done={draft.taskId !== null}
          note="What is asked, how the answer is read out, and how it is judged."
        >
          <TaskStep value={draft.taskId} onChange={(taskId) => change({ taskId })} />
        </Step>
        <Step
          number={2}
          title="Dataset"
          done={draft.datasetId !== null}
          note="The datapoints, one JSON object per line."
        >
          <DatasetStep value={draft.datasetId} onChange={(datasetId) => change({ datasetId })} />
        </Step>
        <Step
          number={3}
          title="Models"
          done={draft.models.length > 0}
          note="Recorded answers cost nothing; live models are called at their provider."
        >
          <ModelsStep value={draft.models} onChange={(models) => change({ models })} />
        </Step>
        <Step number={4} title="Limits" done note="All of it can stay as it is.">
          <Limits draft={draft} change={change} />
        </Step>
        <footer className={classes.footer}>
          {start.isError && <ProblemNote error={start.error} />}
          <div className={classes.go}>
            <Button type="submit" size="md" disabled={!request} loading={start.isPending}>
              Start the evaluation
            </Button>
            <p className={classes.missing} role="status">
              {missing.length > 0 && `Still to do: ${missing.join(", ")}.`}
            </p>
          </div>
        </footer>
      </form>
    </>
  );
}

function useStart() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: createEvaluation,
    onSuccess: async (evaluation) => {
      await queries.invalidateQueries({ queryKey: evaluationKeys.all });
      await navigate({ to: "/evaluations/$id", params: { id: evaluation.id } });
    },
  });
}

function Limits({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  const whole = (value: string | number, fallback: number) =>
    typeof value === "number" ? value : Number(value) || fallback;
  return (
    <div className={classes.limits}>
      <TextInput
        label="Name"
        placeholder="as the task"
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <NumberInput
        label="Repeats"
        min={1}
        max={100}
        value={draft.repeats}
        onChange={(value) => change({ repeats: whole(value, 1) })}
      />
      <NumberInput
        label="Calls at once"
        min={1}
        max={1000}
        value={draft.concurrency}
        onChange={(value) => change({ concurrency: whole(value, 16) })}
      />
      <TextInput
        label="Budget, US dollars"
        placeholder="no limit"
        inputMode="decimal"
        value={draft.budgetUsd}
        onChange={(event) => change({ budgetUsd: event.currentTarget.value.trim() })}
      />
    </div>
  );
}
