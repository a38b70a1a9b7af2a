import { Button, Checkbox, Modal, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { gateKeys, gateQueries, promote } from "@/api/queries/gate";
import type { ShownPrompt } from "@/api/types";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { GateTable } from "./GateTable";
import { FROM_ALIAS, mayPromote, TO_ALIAS, versionToPromote } from "./prompts";
import { versionText } from "./timeline";
import classes from "./dialogs.module.css";

interface Props {
  prompt: ShownPrompt;
  opened: boolean;
  onClose: () => void;
}

/** Asks the gate first; what it blocks goes through only by force, loudly. */
export function PromoteDialog(props: Props) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={`Promote ${props.prompt.prompt_name}`}
      size="xl"
    >
      <Form {...props} />
    </Modal>
  );
}

function Form({ prompt, onClose }: Props) {
  const queries = useQueryClient();
  const [version, setVersion] = useState(versionToPromote(prompt));
  const [toAlias, setToAlias] = useState(TO_ALIAS);
  const [reason, setReason] = useState("");
  const [actor, setActor] = useState("");
  const [force, setForce] = useState(false);
  const question = useQuery({
    ...gateQueries.question(prompt.prompt_name, { version, toAlias: toAlias.trim() || TO_ALIAS }),
    enabled: version !== undefined,
  });
  const answer = question.isFetching ? undefined : question.data;
  const move = useMutation({
    mutationFn: () =>
      promote(prompt.prompt_name, {
        version,
        from_alias: FROM_ALIAS,
        to_alias: toAlias.trim(),
        force: force && answer?.allowed === false,
        reason,
        actor: actor || undefined,
      }),
    onSuccess: async (done) => {
      await queries.invalidateQueries({ queryKey: gateKeys.all });
      if (done.executed || done.already) onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    move.mutate();
  };
  const forcing = force && answer?.allowed === false;
  return (
    <form className={classes.form} onSubmit={submit}>
      <div className={classes.pair}>
        <Select
          label="Version"
          data={[...prompt.versions].reverse().map((each) => ({
            value: String(each.version),
            label: [versionText(each.version), ...each.aliases].join(" · "),
          }))}
          value={version === undefined ? null : String(version)}
          allowDeselect={false}
          onChange={(value) => {
            setVersion(Number(value));
            setForce(false);
          }}
        />
        <TextInput
          label="To alias"
          required
          value={toAlias}
          onChange={(event) => setToAlias(event.currentTarget.value)}
        />
      </div>
      {question.isError && (
        <ProblemNote error={question.error} onRetry={() => void question.refetch()} compact />
      )}
      {question.isFetching && <TableSkeleton rows={4} />}
      {answer && <GateTable answer={answer} />}
      {answer && !answer.allowed && (
        <div className={classes.loud}>
          <Checkbox
            color="rust"
            label="Promote it in spite of the gate"
            description="The audit will say that it was forced, by whom and why."
            checked={force}
            onChange={(event) => setForce(event.currentTarget.checked)}
          />
        </div>
      )}
      <div className={classes.pair}>
        <TextInput
          label={forcing ? "Reason" : "Reason (optional)"}
          required={forcing}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          label="Your name (optional)"
          value={actor}
          onChange={(event) => setActor(event.currentTarget.value)}
        />
      </div>
      {move.isError && <ProblemNote error={move.error} compact />}
      {move.data && !move.data.executed && !move.data.already && (
        <p className={classes.no} role="alert">
          Nothing was moved: {move.data.reason}
        </p>
      )}
      <Button
        type="submit"
        color={forcing ? "rust" : undefined}
        loading={move.isPending}
        disabled={!mayPromote(answer, force) || (forcing && reason.trim() === "")}
      >
        {forcing ? "Force" : "Promote"} {version === undefined ? "" : versionText(version)} to{" "}
        {toAlias}
      </Button>
    </form>
  );
}
