import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { gateKeys, pinBaseline } from "@/api/queries/gate";
import type { EvalRun } from "@/api/types";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { percent } from "@/lib/format";
import classes from "./dialogs.module.css";

interface Props {
  run: EvalRun;
  opened: boolean;
  onClose: () => void;
}

/** Names a run as what its eval type is measured by from now on, for a reason. */
export function PinDialog({ run, opened, onClose }: Props) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const pin = useMutation({
    mutationFn: () => pinBaseline({ run_id: run.run_id, reason }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: gateKeys.all });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    pin.mutate();
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Pin as baseline"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form className={classes.form} onSubmit={submit}>
        <p>
          Runs of <b>{run.eval_type}</b> will be measured by this one, with{" "}
          {percent(run.point?.pass_rate)}, until it is unpinned. That keeps a slow decline from
          going unnoticed.
        </p>
        <TextInput
          label="Reason"
          required
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {pin.isError && <ProblemNote error={pin.error} compact />}
        <Button type="submit" loading={pin.isPending} disabled={reason.trim() === ""}>
          Pin it
        </Button>
      </form>
    </Modal>
  );
}
