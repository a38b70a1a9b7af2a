import { Button, Modal, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { gateKeys, gateQueries, registerVersion } from "@/api/queries/gate";
import type { ShownPrompt } from "@/api/types";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { newestOf } from "./prompts";
import classes from "./dialogs.module.css";

interface Props {
  /** Whose version it is; without one, a new prompt is made. */
  prompt?: ShownPrompt;
  opened: boolean;
  onClose: () => void;
}

/** Registers a version; the core suite then runs by itself. */
export function NewVersion(props: Props) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.prompt ? `New version of ${props.prompt.prompt_name}` : "New prompt"}
      size="xl"
    >
      <Form {...props} />
    </Modal>
  );
}

function Form({ prompt, onClose }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const setup = useQuery(gateQueries.setup());
  const newest = prompt && newestOf(prompt);
  const [name, setName] = useState(prompt?.prompt_name ?? "");
  const [text, setText] = useState(newest?.messages ? "" : (newest?.text ?? ""));
  const [message, setMessage] = useState("");
  const register = useMutation({
    mutationFn: () => registerVersion(name.trim(), { template: text, message, run_evals: true }),
    onSuccess: async (done) => {
      await queries.invalidateQueries({ queryKey: gateKeys.prompts });
      onClose();
      await navigate({ to: "/gate/prompts/$name", params: { name: done.prompt_name } });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    register.mutate();
  };
  const core = setup.data?.suites.core ?? [];
  return (
    <form className={classes.form} onSubmit={submit}>
      {!prompt && (
        <TextInput
          label="Name"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <Textarea
        label="Text"
        description="Placeholders are written {{like_this}}."
        required
        autosize
        minRows={8}
        maxRows={20}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <TextInput
        label="What changed (optional)"
        value={message}
        onChange={(event) => setMessage(event.currentTarget.value)}
      />
      {setup.data && (
        <p className={classes.fine}>
          The alias {setup.data.prompt_alias} will point at it.{" "}
          {core.length > 0
            ? `The core suite (${core.join(", ")}) then runs with this version by itself.`
            : "No suite core is configured, so nothing runs by itself."}
        </p>
      )}
      {register.isError && <ProblemNote error={register.error} compact />}
      <Button
        type="submit"
        loading={register.isPending}
        disabled={text.trim() === "" || name.trim() === "" || text === newest?.text}
      >
        Register the version
      </Button>
    </form>
  );
}
