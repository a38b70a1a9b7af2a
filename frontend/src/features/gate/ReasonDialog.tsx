import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { gateKeys } from "@/api/queries/gate";
import { ProblemNote } from "@/components/ui/ProblemNote";
import classes from "./dialogs.module.css";

interface Props {
  title: string;
  /** What the button says. */
  action: string;
  act: (reason: string) => Promise<unknown>;
  opened: boolean;
  onClose: () => void;
  /** What it means. */
  children: ReactNode;
}

/** Says what an act means and demands a reason for it. */
export function ReasonDialog({ title, action, act, opened, onClose, children }: Props) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const done = useMutation({
    mutationFn: () => act(reason),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: gateKeys.all });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    done.mutate();
  };
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <form className={classes.form} onSubmit={submit}>
        <p>{children}</p>
        <TextInput
          label="Reason"
          required
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {done.isError && <ProblemNote error={done.error} compact />}
        <Button type="submit" loading={done.isPending} disabled={reason.trim() === ""}>
          {action}
        </Button>
      </form>
    </Modal>
  );
}
