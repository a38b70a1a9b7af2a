import { Button, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createTask, libraryKeys, libraryQueries, validateTask } from "@/api/queries/library";
import { CodeArea } from "@/components/ui/CodeArea";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Segments } from "@/components/ui/Segments";
import { EXAMPLE_TASK } from "./exampleTask";
import classes from "./StartPage.module.css";
import { TaskProblems } from "./TaskProblems";
import { UploadButton } from "@/components/ui/UploadButton";

interface Props {
  value: string | null;
  onChange: (id: string | null) => void;
}

const WAYS = [
  { value: "stored", label: "Stored task" },
  { value: "written", label: "Write or upload YAML" },
];

/** Chooses a stored task, or takes a new one as YAML and says what is wrong with it. */
export function TaskStep({ value, onChange }: Props) {
  const [way, setWay] = useState("stored");
  const tasks = useQuery(libraryQueries.tasks({ page: 1, limit: 100 }));
  const options = (tasks.data?.items ?? []).map((task) => ({
    value: task.id,
    label: `${task.name}, version ${task.version}`,
  }));
  return (
    <>
      <Segments label="Where the task comes from" value={way} options={WAYS} onChange={setWay} />
      {way === "stored" ? (
        <>
          {tasks.isError && (
            <ProblemNote error={tasks.error} onRetry={() => void tasks.refetch()} compact />
          )}
          <Select
            aria-label="Task"
            placeholder={options.length > 0 ? "Choose a task" : "No task is stored yet"}
            data={options}
            value={value}
            onChange={onChange}
            searchable
            nothingFoundMessage="No task of this name"
          />
        </>
      ) : (
        <WrittenTask
          onStored={(id) => {
            onChange(id);
            setWay("stored");
          }}
        />
      )}
    </>
  );
}

function WrittenTask({ onStored }: { onStored: (id: string) => void }) {
  const [text, setText] = useState(EXAMPLE_TASK);
  const queries = useQueryClient();
  const check = useMutation({ mutationFn: validateTask });
  const store = useMutation({
    mutationFn: async (yaml: string) => {
      const verdict = await check.mutateAsync(yaml);
      return verdict.valid ? createTask(yaml) : null;
    },
    onSuccess: async (task) => {
      if (!task) return;
      await queries.invalidateQueries({ queryKey: libraryKeys.tasks });
      onStored(task.id);
    },
  });
  return (
    <>
      <CodeArea
        label="Task as YAML"
        value={text}
        minRows={10}
        maxRows={24}
        onText={setText}
        onBlur={() => check.mutate(text)}
      />
      {check.data && <TaskProblems verdict={check.data} text={text} />}
      {store.isError && <ProblemNote error={store.error} compact />}
      <div className={classes.row}>
        <Button variant="default" loading={store.isPending} onClick={() => store.mutate(text)}>
          Check and store
        </Button>
        <UploadButton
          label="Read a file"
          accept=".yaml,.yml,.json"
          loading={false}
          onFile={(file) =>
            void file.text().then((content) => {
              setText(content);
              check.mutate(content);
            })
          }
        />
      </div>
    </>
  );
}
