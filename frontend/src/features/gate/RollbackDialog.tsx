import { Button, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { gateKeys, gateQueries, rollBack } from "@/api/queries/gate";
import type { ShownPrompt } from "@/api/types";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { aliasesOf, TO_ALIAS } from "./prompts";
import { versionText } from "./timeline";
import classes from "./dialogs.module.css";

interface Props {
  prompt: ShownPrompt;
  opened: boolean;
  onClose: () => void;
}

/** Takes an alias back; says from where to where, and demands a reason. */
export function RollbackDialog(props: Props) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={`Roll back ${props.prompt.prompt_name}`}
      size="lg"
    >
      <Form {...props} />
    </Modal>
  );
}

const FOUND_IN: Record<string, string> = {
  ledger: "It had this version before, says the audit.",
  runs: "The audit knows no earlier move; this is the version of the newest complete run before.",
  registry: "The audit knows no earlier move and no run; this is the version registered before.",
};

function Form({ prompt, onClose }: Props) {
  const queries = useQueryClient();
  const known = aliasesOf(prompt, TO_ALIAS).filter((each) => each in prompt.aliases);
  const [alias, setAlias] = useState(known[0] ?? TO_ALIAS);
  const [reason, setReason] = useState("");
  const [actor, setActor] = useState("");
  const previous = useQuery(gateQueries.previous(prompt.prompt_name, alias));
  const to = previous.data?.version ?? null;
  const back = useMutation({
    mutationFn: () => rollBack(prompt.prompt_name, { alias, reason, actor: actor || undefined }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: gateKeys.all });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    back.mutate();
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <Select
        label="Alias"
        data={known}
        value={alias}
        allowDeselect={false}
        onChange={(value) => setAlias(value ?? TO_ALIAS)}
      />
      {previous.isError && <ProblemNote error={previous.error} compact />}
      {previous.data && (
        <div role="status">
          <p className={classes.move}>
            {to === null
              ? `There is nothing to go back to from ${versionText(prompt.aliases[alias] ?? null)}.`
              : `${versionText(prompt.aliases[alias] ?? null)} → ${versionText(to)}`}
          </p>
          {previous.data.found_in && (
            <p className={classes.fine}>{FOUND_IN[previous.data.found_in]}</p>
          )}
        </div>
      )}
      <p className={classes.cache}>
        Processes that have loaded the prompt may serve the version that is left for as long as
        their prompt cache lives: {previous.data?.cache_seconds ?? 60} seconds by default.
      </p>
      <Textarea
        label="Reason"
        description="It is written into the audit."
        required
        autosize
        minRows={2}
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <TextInput
        label="Your name (optional)"
        value={actor}
        onChange={(event) => setActor(event.currentTarget.value)}
      />
      {back.isError && <ProblemNote error={back.error} compact />}
      <Button
        type="submit"
        color="rust"
        loading={back.isPending}
        disabled={to === null || reason.trim() === ""}
      >
        Roll {alias} back{to === null ? "" : ` to ${versionText(to)}`}
      </Button>
    </form>
  );
}
