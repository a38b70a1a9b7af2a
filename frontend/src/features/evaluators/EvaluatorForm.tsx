import { Autocomplete, Button, Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { SyntheticEvent } from "react";
import { createEvaluator, evaluatorKeys, updateEvaluator } from "@/api/queries/evaluators";
import type { Evaluator } from "@/api/types";
import { Bounds } from "@/components/ui/Bounds";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { bodyOf, draftOf, type Draft } from "./draft";
import { Conditions } from "./Conditions";
import { KINDS, MADE_HERE } from "./kinds";
import { KindSettings } from "./KindSettings";
import classes from "./evaluators.module.css";

interface Props {
  stored?: Evaluator;
  draft: Draft;
  onDraft: (draft: Draft) => void;
}

const TARGETS = ["outputs", "inputs", "error", "metadata.", "outputs."];

/** What an evaluator says; a change makes a version. */
export function EvaluatorForm({ stored, draft, onDraft }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { body, fault } = bodyOf(draft);
  const save = useMutation({
    mutationFn: async () => {
      if (!body) throw new Error(fault ?? "");
      return stored ? updateEvaluator(stored.id, body) : createEvaluator(body);
    },
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: evaluatorKeys.all });
      if (!stored) await navigate({ to: "/evaluators/$id", params: { id: saved.id } });
    },
  });
  const set = (change: Partial<Draft>) => onDraft({ ...draft, ...change });
  const changed = !stored || JSON.stringify(draft) !== JSON.stringify(draftOf(stored));
  const kinds = MADE_HERE.includes(draft.kind) ? MADE_HERE : [...MADE_HERE, draft.kind];
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Panel title="What it says" note={KINDS[draft.kind].note}>
      <form className={classes.form} onSubmit={submit} aria-label="Evaluator">
        <div className={classes.pair}>
          <TextInput
            label="Name"
            description="The metric's name in results."
            required
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <Select
            label="Kind"
            description="How it comes to a verdict."
            data={kinds.map((kind) => ({ value: kind, label: KINDS[kind].label }))}
            value={draft.kind}
            allowDeselect={false}
            onChange={(kind) => set({ kind: kind ?? draft.kind })}
          />
        </div>
        {draft.kind !== "composite" && (
          <Autocomplete
            label="Looks at"
            description="The dotted path of what is judged, such as outputs.answer."
            required
            data={TARGETS}
            value={draft.target}
            onChange={(target) => set({ target })}
          />
        )}
        <KindSettings
          kind={draft.kind}
          settings={draft.settings}
          fault={fault}
          onSettings={(settings) => set({ settings })}
        />
        <Conditions rows={draft.rows} onRows={(rows) => set({ rows })} />
        <fieldset className={classes.group}>
          <legend>Threshold</legend>
          <div className={classes.pair}>
            <Bounds
              low={draft.low}
              high={draft.high}
              labels={["Passes from", "Passes up to"]}
              onBounds={set}
            />
          </div>
          <p className={classes.fine}>
            Without bounds, the kind's own verdict counts; with one, the value decides.
          </p>
        </fieldset>
        <Textarea
          label="Description (optional)"
          autosize
          minRows={1}
          value={draft.description}
          onChange={(event) => set({ description: event.currentTarget.value })}
        />
        <Checkbox
          label="Score events as they arrive"
          checked={draft.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
        {save.isError && <ProblemNote error={save.error} compact />}
        <div className={classes.actions}>
          <Button type="submit" loading={save.isPending} disabled={!changed || body === null}>
            {stored ? `Save as version ${stored.version + 1}` : "Make the evaluator"}
          </Button>
          {stored && changed && (
            <Button variant="default" onClick={() => onDraft(draftOf(stored))}>
              Undo the changes
            </Button>
          )}
        </div>
      </form>
    </Panel>
  );
}
