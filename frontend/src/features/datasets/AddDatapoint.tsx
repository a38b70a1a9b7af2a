import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { addDatapoint, datasetKeys } from "@/api/queries/datasets";
import type { ManagedDataset, NewDatapoint } from "@/api/types";
import { CodeArea } from "@/components/ui/CodeArea";
import { ProblemNote } from "@/components/ui/ProblemNote";
import classes from "./datasets.module.css";
import { EMPTY, readDatapoint, type Faults, type Typed } from "./newDatapoint";

interface Props {
  dataset: ManagedDataset;
  opened: boolean;
  onClose: () => void;
}

/** Takes one datapoint; the dataset gets a version with it at its end. */
export function AddDatapoint({ dataset, opened, onClose }: Props) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState<Typed>(EMPTY);
  const [faults, setFaults] = useState<Faults>({});
  const add = useMutation({
    mutationFn: (datapoint: NewDatapoint) => addDatapoint(dataset.id, datapoint),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: datasetKeys.all });
      setTyped(EMPTY);
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const read = readDatapoint(typed);
    setFaults(read.faults);
    if (read.datapoint) add.mutate(read.datapoint);
  };
  const area = (key: "inputs" | "groundTruth" | "metadata", label: string, example: string) => (
    <CodeArea
      label={label}
      placeholder={example}
      value={typed[key]}
      error={faults[key]}
      minRows={key === "inputs" ? 4 : 2}
      maxRows={12}
      onText={(text) => setTyped({ ...typed, [key]: text })}
    />
  );
  return (
    <Modal opened={opened} onClose={onClose} title={`Add a datapoint to ${dataset.name}`} size="lg">
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          label="Id"
          description="Left empty, one is given."
          value={typed.id}
          onChange={(event) => setTyped({ ...typed, id: event.currentTarget.value })}
        />
        {area("inputs", "Inputs, as JSON", '{"question": "…"}')}
        {area("groundTruth", "Ground truth, as JSON (optional)", '{"answer": "…"}')}
        {area("metadata", "Metadata, as JSON (optional)", "{}")}
        {add.isError && <ProblemNote error={add.error} compact />}
        <Button type="submit" loading={add.isPending} justify="center">
          Add to version {dataset.version + 1}
        </Button>
      </form>
    </Modal>
  );
}
