import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { gateKeys, unpinBaseline } from "@/api/queries/gate";
import { ProblemNote } from "@/components/ui/ProblemNote";
import classes from "./dialogs.module.css";

/** Takes the pin of an eval type's baseline away, for a reason. */
export function Unpin({ evalType }: { evalType: string }) {
  const queries = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState("");
  const unpin = useMutation({
    mutationFn: () => unpinBaseline(evalType, reason),
    onSuccess: async () => {
      setOpened(false);
      await queries.invalidateQueries({ queryKey: gateKeys.all });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    unpin.mutate();
  };
  return (
    <>
      <Button variant="default" size="compact-xs" onClick={() => setOpened(true)}>
        Unpin
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={`Unpin the baseline of ${evalType}`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <form className={classes.form} onSubmit={submit}>
          <p>Its newest complete run will be the baseline again.</p>
          <TextInput
            label="Reason"
            required
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {unpin.isError && <ProblemNote error={unpin.error} compact />}
          <Button type="submit" loading={unpin.isPending} disabled={reason.trim() === ""}>
            Unpin it
          </Button>
        </form>
      </Modal>
    </>
  );
}
