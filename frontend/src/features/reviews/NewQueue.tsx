import { Button, Checkbox, Modal, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { createQueue, reviewKeys } from "@/api/queries/reviews";
import { ProblemNote } from "@/components/ui/ProblemNote";
import classes from "./reviews.module.css";
import { readQuestions } from "./questions";

interface Props {
  opened: boolean;
  onClose: () => void;
}

const EXAMPLE = "correct\ntone: kind, neutral, cold\nhelpfulness: 1-5";

/** Makes a queue: which sessions go in, and what is asked of each. */
export function NewQueue({ opened, onClose }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [questions, setQuestions] = useState("correct");
  const [named, setNamed] = useState("");
  const [failed, setFailed] = useState(false);
  const create = useMutation({
    mutationFn: createQueue,
    onSuccess: async (queue) => {
      await queries.invalidateQueries({ queryKey: reviewKeys.queues });
      await navigate({ to: "/reviews/$id", params: { id: queue.id } });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const filters = [{ field: "event_type", operator: "is", value: "session" }];
    if (named.trim()) {
      filters.push({ field: "event_name", operator: "contains", value: named.trim() });
    }
    if (failed) filters.push({ field: "error", operator: "exists", value: "" });
    create.mutate({ name, description, fields: readQuestions(questions), filters });
  };
  return (
    <Modal opened={opened} onClose={onClose} title="New review queue" size="lg">
      <form className={classes.new} onSubmit={submit}>
        <TextInput
          label="Name"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Instructions (optional)"
          value={description}
          autosize
          minRows={2}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Textarea
          label="Questions, one per line"
          description="A name alone asks for pass or fail; a list after a colon offers choices; a range like 1-5 asks for a number."
          placeholder={EXAMPLE}
          required
          value={questions}
          autosize
          minRows={3}
          onChange={(event) => setQuestions(event.currentTarget.value)}
        />
        <TextInput
          label="Sessions whose name contains (optional)"
          value={named}
          onChange={(event) => setNamed(event.currentTarget.value)}
        />
        <Checkbox
          label="Only those that failed"
          checked={failed}
          onChange={(event) => setFailed(event.currentTarget.checked)}
        />
        {create.isError && <ProblemNote error={create.error} compact />}
        <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
          Make the queue
        </Button>
      </form>
    </Modal>
  );
}
